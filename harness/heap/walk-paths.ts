import { compareLabels, type EdgeLabels, PLUMBING, WEAK } from './edge-labels.ts';
import type { HeapGraph } from './heap-graph.ts';
import type { Names } from './labels.ts';
import type { PathTree } from './path-tree.ts';

export interface Scenery {
  readonly graph: HeapGraph;
  readonly classes: Uint32Array;
  readonly labels: EdgeLabels;
  readonly names: Names;
  readonly tree: PathTree;
}

interface Bundle {
  readonly label: number;
  readonly nodes: readonly number[];
}

interface Later extends Bundle {
  readonly path: number;
}

type Level = Map<number, number[]>;

/**
 * Gives every node its place, a path of the tree; -1 to those that only weak edges lead to. Breadth first from the
 * globals, then from the other roots, and by V8's plumbing only to what nothing else leads to. Ordered by names, never
 * by addresses: two snapshots must agree.
 */
export function placeNodes(scenery: Scenery): Int32Array {
  const { graph, tree } = scenery;
  const pathOf = new Int32Array(graph.nodeCount).fill(-1);
  pathOf[0] = tree.root;
  const later: Later[] = [];
  const rank = rankLabels(scenery);
  for (const roots of rootsOf(graph, scenery.labels)) {
    const first: Level = new Map();
    for (const bundle of roots) claim(scenery, pathOf, first, { ...bundle, path: tree.root });
    walk(scenery, { pathOf, first, later, rank });
  }
  while (later.length > 0) {
    const first: Level = new Map();
    for (const one of later.splice(0)) claim(scenery, pathOf, first, one);
    walk(scenery, { pathOf, first, later, rank });
  }
  return pathOf;
}

/** Label -> its place among all labels by name: numbers sort faster than names. */
function rankLabels({ labels, names }: Scenery): Uint32Array {
  const used = [...new Set(labels.label)];
  used.sort((a, b) => compareLabels(names.nameOf(a), names.nameOf(b)));
  const rank = new Uint32Array(names.count());
  for (const [at, label] of used.entries()) rank[label] = at;
  return rank;
}

interface Walk {
  readonly pathOf: Int32Array;
  readonly first: Level;
  readonly later: Later[];
  readonly rank: Uint32Array;
}

function walk(scenery: Scenery, { pathOf, first, later, rank }: Walk): void {
  for (let level = first; level.size > 0; ) {
    const next: Level = new Map();
    for (const [path, nodes] of level) {
      const { own, plumbing } = outgoing(scenery, nodes, pathOf);
      for (const bundle of byRank(own, rank)) claim(scenery, pathOf, next, { ...bundle, path });
      for (const bundle of byRank(plumbing, rank)) later.push({ ...bundle, path });
    }
    level = next;
  }
}

function claim(
  scenery: Scenery,
  pathOf: Int32Array,
  into: Level,
  { path, label, nodes }: Later,
): void {
  const { tree, classes } = scenery;
  for (const node of nodes) {
    if (pathOf[node] !== -1) continue;
    const place = tree.child(path, label, classes[node] as number);
    pathOf[node] = place;
    const group = into.get(place);
    if (group === undefined) into.set(place, [node]);
    else group.push(node);
  }
}

/** The globals, then everything else that the root leads to. */
function rootsOf(graph: HeapGraph, { label }: EdgeLabels): Bundle[][] {
  const shortcut = graph.edgeTypes.indexOf('shortcut');
  const globals: Bundle[] = [];
  const others: Bundle[] = [];
  const end = graph.firstEdge[1] as number;
  for (let edge = graph.firstEdge[0] as number; edge < end; edge += 1) {
    const into = graph.edgeType[edge] === shortcut ? globals : others;
    into.push({ label: label[edge] as number, nodes: [graph.edgeTo[edge] as number] });
  }
  return [globals, others];
}

/** What the nodes of one place lead to and is not placed yet, by label. */
function outgoing(
  { graph, labels }: Scenery,
  nodes: readonly number[],
  pathOf: Int32Array,
): { readonly own: Level; readonly plumbing: Level } {
  const { firstEdge, edgeTo } = graph;
  const own: Level = new Map();
  const plumbing: Level = new Map();
  for (const node of nodes) {
    const end = firstEdge[node + 1] as number;
    for (let edge = firstEdge[node] as number; edge < end; edge += 1) {
      const to = edgeTo[edge] as number;
      const kind = labels.kind[edge] as number;
      if (pathOf[to] !== -1 || kind === WEAK) continue;
      const into = kind === PLUMBING ? plumbing : own;
      const label = labels.label[edge] as number;
      const found = into.get(label);
      if (found === undefined) into.set(label, [to]);
      else found.push(to);
    }
  }
  return { own, plumbing };
}

function byRank(found: Level, rank: Uint32Array): Bundle[] {
  const bundles = [...found].map(([label, nodes]) => ({ label, nodes }));
  if (bundles.length < 2) return bundles;
  return bundles.sort((a, b) => (rank[a.label] as number) - (rank[b.label] as number));
}
