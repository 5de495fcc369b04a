import { type EdgeLabels, WEAK } from './edge-labels.ts';
import type { HeapGraph } from './heap-graph.ts';

/**
 * Immediate dominator of every node that can be reached without weak edges, -1 for the others; the root's is itself.
 * Cooper, Harvey, Kennedy: A Simple, Fast Dominance Algorithm (2001).
 */
export function immediateDominators(graph: HeapGraph, labels: EdgeLabels): Int32Array {
  const { order, rankOf } = postOrder(graph, labels);
  const { first, from } = predecessors(graph, labels, rankOf);
  const idom = new Int32Array(graph.nodeCount).fill(-1);
  idom[0] = 0;
  const meet = (left: number, right: number): number => {
    let a = left;
    let b = right;
    while (a !== b) {
      while ((rankOf[a] as number) < (rankOf[b] as number)) a = idom[a] as number;
      while ((rankOf[b] as number) < (rankOf[a] as number)) b = idom[b] as number;
    }
    return a;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (let at = order.length - 2; at >= 0; at -= 1) {
      const node = order[at] as number;
      let best = -1;
      const end = first[node + 1] as number;
      for (let edge = first[node] as number; edge < end; edge += 1) {
        const other = from[edge] as number;
        if (idom[other] === -1) continue;
        best = best === -1 ? other : meet(best, other);
      }
      if (idom[node] !== best) {
        idom[node] = best;
        changed = true;
      }
    }
  }
  return idom;
}

/** Depth first without recursion; a heap's chains are as long as its lists. */
function postOrder(graph: HeapGraph, labels: EdgeLabels) {
  const { nodeCount, firstEdge, edgeTo } = graph;
  const rankOf = new Int32Array(nodeCount).fill(-1);
  const seen = new Uint8Array(nodeCount);
  const order = new Int32Array(nodeCount);
  const stack = new Int32Array(nodeCount);
  const next = Uint32Array.from(firstEdge);
  let count = 0;
  let depth = 0;
  seen[0] = 1;
  while (depth >= 0) {
    const node = stack[depth] as number;
    const edge = next[node] as number;
    if (edge === firstEdge[node + 1]) {
      rankOf[node] = count;
      order[count] = node;
      count += 1;
      depth -= 1;
      continue;
    }
    next[node] = edge + 1;
    const to = edgeTo[edge] as number;
    if (seen[to] === 1 || labels.kind[edge] === WEAK) continue;
    seen[to] = 1;
    depth += 1;
    stack[depth] = to;
  }
  return { order: order.subarray(0, count), rankOf };
}

export interface Predecessors {
  readonly first: Uint32Array;
  readonly from: Uint32Array;
}

/** Who leads to whom, without weak edges and without nodes that cannot be reached. */
export function predecessors(
  graph: HeapGraph,
  labels: EdgeLabels,
  rankOf: Int32Array | null = null,
): Predecessors {
  const { nodeCount, firstEdge, edgeTo } = graph;
  const first = new Uint32Array(nodeCount + 2);
  const each = (found: (node: number, to: number) => void): void => {
    for (let node = 0; node < nodeCount; node += 1) {
      if (rankOf !== null && rankOf[node] === -1) continue;
      const end = firstEdge[node + 1] as number;
      for (let edge = firstEdge[node] as number; edge < end; edge += 1)
        if (labels.kind[edge] !== WEAK) found(node, edgeTo[edge] as number);
    }
  };
  each((_, to) => {
    first[to + 2] = (first[to + 2] as number) + 1;
  });
  for (let node = 2; node <= nodeCount + 1; node += 1)
    first[node] = (first[node] as number) + (first[node - 1] as number);
  const from = new Uint32Array(first[nodeCount + 1] as number);
  each((node, to) => {
    const at = first[to + 1] as number;
    from[at] = node;
    first[to + 1] = at + 1;
  });
  return { first, from };
}

/**
 * Bytes that each of these nodes keeps alone: its own and those of all it dominates, up to the next of these nodes, so
 * that the parts of a list are not counted once per predecessor.
 */
export function retainedBytes(
  graph: HeapGraph,
  idom: Int32Array,
  nodes: ReadonlySet<number>,
): ReadonlyMap<number, number> {
  const keeper = new Int32Array(graph.nodeCount).fill(-2);
  const chain: number[] = [];
  const keeperOf = (start: number): number => {
    let at = start;
    chain.length = 0;
    while (keeper[at] === -2) {
      if (nodes.has(at)) keeper[at] = at;
      else if (at === 0 || idom[at] === -1) keeper[at] = -1;
      else {
        chain.push(at);
        at = idom[at] as number;
      }
    }
    const found = keeper[at] as number;
    for (const node of chain) keeper[node] = found;
    return found;
  };
  const sums = new Map<number, number>();
  for (let node = 0; node < graph.nodeCount; node += 1) {
    const by = keeperOf(node);
    if (by >= 0) sums.set(by, (sums.get(by) ?? 0) + (graph.selfBytes[node] as number));
  }
  return sums;
}

/**
 * Bytes born after the given id that nothing but these nodes together keeps: what could not be reached from the root
 * without them, though it can be with them.
 */
export function keptTogetherBytes(
  graph: HeapGraph,
  labels: EdgeLabels,
  options: {
    readonly idom: Int32Array;
    readonly nodes: ReadonlySet<number>;
    readonly bornAfter: number;
  },
): number {
  const { idom, nodes, bornAfter } = options;
  const { firstEdge, edgeTo, nodeCount } = graph;
  const reached = new Uint8Array(nodeCount);
  const queue = new Int32Array(nodeCount);
  for (const node of nodes) reached[node] = 1;
  reached[0] = 1;
  let end = 1;
  for (let at = 0; at < end; at += 1) {
    const node = queue[at] as number;
    const last = firstEdge[node + 1] as number;
    for (let edge = firstEdge[node] as number; edge < last; edge += 1) {
      const to = edgeTo[edge] as number;
      if (reached[to] === 1 || labels.kind[edge] === WEAK) continue;
      reached[to] = 1;
      queue[end] = to;
      end += 1;
    }
  }
  for (const node of nodes) reached[node] = 0;
  let bytes = 0;
  for (let node = 0; node < nodeCount; node += 1) {
    const isNew = (graph.nodeId[node] as number) > bornAfter;
    if (reached[node] === 0 && idom[node] !== -1 && isNew) bytes += graph.selfBytes[node] as number;
  }
  return bytes;
}
