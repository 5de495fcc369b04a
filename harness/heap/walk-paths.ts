import type { HeapGraph } from './heap-graph.ts';
import { compareLabels, type EdgeLabels, edgeLabels, type Names } from './labels.ts';
import type { PathTree } from './path-tree.ts';

export interface Places {
  /** Node -> path of the tree; -1 when only weak edges lead to it. */
  readonly pathOf: Int32Array;
}

interface Step {
  readonly path: number;
  readonly nodes: readonly number[];
}

interface Later extends Step {
  readonly edge: number;
}

/**
 * Gives every node its place: breadth first from the globals, then from the other roots, and by V8's plumbing only to
 * what nothing else leads to. Ordered by names, never by addresses: two snapshots must agree.
 */
export function placeNodes(options: {
  readonly graph: HeapGraph;
  readonly classes: Uint32Array;
  readonly names: Names;
  readonly tree: PathTree;
}): Places {
  const { graph, classes, names, tree } = options;
  const labels = edgeLabels(graph, classes, names);
  const pathOf = new Int32Array(graph.nodeCount).fill(-1);
  pathOf[0] = tree.root;
  const later: Later[] = [];
  const claim = (
    into: Map<number, number[]>,
    path: number,
    edge: number,
    found: readonly number[],
  ) => {
    for (const node of found) {
      if (pathOf[node] !== -1) continue;
      const place = tree.child(path, edge, classes[node] as number);
      pathOf[node] = place;
      const group = into.get(place);
      if (group === undefined) into.set(place, [node]);
      else group.push(node);
    }
  };
  const walk = (first: Map<number, number[]>): void => {
    for (let level = first; level.size > 0; ) {
      const next = new Map<number, number[]>();
      for (const [path, nodes] of level) {
        for (const { edge, nodes: found, plumbing } of outgoing(
          graph,
          labels,
          names,
          nodes,
          pathOf,
        )) {
          if (plumbing) later.push({ path, edge, nodes: found });
          else claim(next, path, edge, found);
        }
      }
      level = next;
    }
  };
  for (const roots of rootsOf(graph, labels)) {
    const first = new Map<number, number[]>();
    for (const { edge, nodes } of roots) claim(first, tree.root, edge, nodes);
    walk(first);
  }
  while (later.length > 0) {
    const first = new Map<number, number[]>();
    for (const { path, edge, nodes } of later.splice(0)) claim(first, path, edge, nodes);
    walk(first);
  }
  return { pathOf };
}

interface Edges {
  readonly edge: number;
  readonly nodes: readonly number[];
}

/** The globals, then everything else that the root leads to. */
function rootsOf(graph: HeapGraph, labels: EdgeLabels): Edges[][] {
  const shortcut = graph.edgeTypes.indexOf('shortcut');
  const globals: Edges[] = [];
  const others: Edges[] = [];
  labels.enter(0);
  const end = graph.firstEdge[1] as number;
  for (let edge = graph.firstEdge[0] as number; edge < end; edge += 1) {
    const into = graph.edgeType[edge] === shortcut ? globals : others;
    into.push({ edge: labels.labelOf(edge, 0), nodes: [graph.edgeTo[edge] as number] });
  }
  return [globals, others];
}

/** What the nodes of one place lead to and is not placed yet, by the names of the edges. */
function outgoing(
  graph: HeapGraph,
  labels: EdgeLabels,
  names: Names,
  nodes: readonly number[],
  pathOf: Int32Array,
) {
  const { firstEdge, edgeTo } = graph;
  const found = new Map<number, { nodes: number[]; plumbing: boolean }>();
  for (const node of nodes) {
    labels.enter(node);
    const end = firstEdge[node + 1] as number;
    for (let edge = firstEdge[node] as number; edge < end; edge += 1) {
      const to = edgeTo[edge] as number;
      if (pathOf[to] !== -1 || labels.isWeak(edge, node)) continue;
      const label = labels.labelOf(edge, node);
      const known = found.get(label);
      if (known === undefined) found.set(label, { nodes: [to], plumbing: labels.isPlumbing(edge) });
      else known.nodes.push(to);
    }
  }
  if (found.size <= 1)
    return [...found].map(([edge, { nodes: to, plumbing }]) => ({ edge, nodes: to, plumbing }));
  return [...found]
    .sort(([a], [b]) => compareLabels(names.nameOf(a), names.nameOf(b)))
    .map(([edge, { nodes: to, plumbing }]) => ({ edge, nodes: to, plumbing }));
}
