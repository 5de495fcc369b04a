import { type HeapGraph, NUMBERED_EDGES } from './heap-graph.ts';
import { foldName, type Names, ownerTable } from './labels.ts';

/** Followed first. */
export const OWN = 0;
/** What V8 needs to run a program rather than what the program keeps: followed last. */
export const PLUMBING = 1;
/** Weak edges, and the half of a WeakMap's entry that does not keep it: never followed. */
export const WEAK = 2;

export interface EdgeLabels {
  /** Edge -> `.name`, `scope.name`, `(name)` or `[]`, as a number of `names`. */
  readonly label: Uint32Array;
  readonly kind: Uint8Array;
}

const PLUMBING_NAMES = new Set([
  'map',
  'code',
  'shared',
  'feedback_cell',
  'feedback_vector',
  'raw_feedback_cell',
  'prototype',
  'constructor',
  'initial_map',
  'prototype_or_initial_map',
  'function_data',
  'name_or_scope_info',
  'script_or_debug_info',
  'raw_outer_scope_info_or_feedback_metadata',
  'scope_info',
  'native_context',
  'descriptors',
  'transition',
  'transitions',
  'back_pointer',
  'dependent_code',
  'prototype_validity_cell',
]);
const PLUMBING_PROPERTIES = new Set(['constructor', 'prototype', '__proto__']);

/** A slot of an object without a name. */
const SLOT = '(#)';
/** Beyond so many of one class under one object, names of properties are keys. */
const MOST_PROPERTIES = 32;

/** What the program names before what V8 names, and slots without a name last; else by name. */
export function compareLabels(a: string, b: string): number {
  const byRank = rankOf(a) - rankOf(b);
  if (byRank !== 0) return byRank;
  return a < b ? -1 : a > b ? 1 : 0;
}

function rankOf(label: string): number {
  if (label === SLOT) return 2;
  return label.startsWith('(') ? 1 : 0;
}

/** One pass over all edges. */
export function labelEdges(graph: HeapGraph, classes: Uint32Array, names: Names): EdgeLabels {
  const { edgeTypes, edgeType, edgeName, firstEdge, nodeCount } = graph;
  const label = new Uint32Array(edgeType.length);
  const kind = new Uint8Array(edgeType.length);
  const numbered = edgeTypes.map((type) => NUMBERED_EDGES.includes(type));
  const index = names.numberOf('[]');
  const slot = names.numberOf(SLOT);
  const ofNumbered = edgeTypes.map((type) => (type === 'hidden' ? slot : index));
  const known = new Map<number, Known>();
  for (let node = 0; node < nodeCount; node += 1) {
    const end = firstEdge[node + 1] as number;
    for (let edge = firstEdge[node] as number; edge < end; edge += 1) {
      const type = edgeType[edge] as number;
      if (numbered[type]) {
        label[edge] = ofNumbered[type] as number;
        continue;
      }
      const key = (edgeName[edge] as number) * 8 + type;
      let found = known.get(key);
      if (found === undefined) {
        found = describe(graph, edge, names);
        known.set(key, found);
      }
      label[edge] = found.label;
      kind[edge] = found.table === graph.nodeId[node] ? WEAK : found.kind;
    }
  }
  labelKeys(graph, classes, { label, key: names.numberOf('.*') });
  return { label, kind };
}

interface Known {
  readonly label: number;
  readonly kind: number;
  /** Half of a WeakMap's entry when it leaves the table of this id. */
  readonly table: number | null;
}

function describe(
  { edgeTypes, edgeType, edgeName, strings }: HeapGraph,
  edge: number,
  names: Names,
): Known {
  const type = edgeTypes[edgeType[edge] as number];
  const text = strings[edgeName[edge] as number] ?? '';
  const folded = foldName(text);
  const table = ownerTable(text);
  const named = (label: string, kind: number): Known => ({
    label: names.numberOf(label),
    kind,
    table,
  });
  if (type === 'weak') return named(`(${folded})`, WEAK);
  if (folded === '[]') return named('[]', OWN);
  if (type === 'property')
    return named(`.${folded}`, PLUMBING_PROPERTIES.has(text) ? PLUMBING : OWN);
  if (type === 'context') return named(`scope.${folded}`, OWN);
  return named(`(${folded})`, type === 'internal' && PLUMBING_NAMES.has(text) ? PLUMBING : OWN);
}

/** Objects that are used as a map: what differs between its properties is data. */
function labelKeys(
  { nodeCount, firstEdge, edgeType, edgeTo, edgeTypes }: HeapGraph,
  classes: Uint32Array,
  { label, key }: { readonly label: Uint32Array; readonly key: number },
): void {
  const property = edgeTypes.indexOf('property');
  for (let node = 0; node < nodeCount; node += 1) {
    const first = firstEdge[node] as number;
    const end = firstEdge[node + 1] as number;
    if (end - first <= MOST_PROPERTIES) continue;
    const counts = new Map<number, number>();
    for (let edge = first; edge < end; edge += 1) {
      if (edgeType[edge] !== property) continue;
      const to = classes[edgeTo[edge] as number] as number;
      counts.set(to, (counts.get(to) ?? 0) + 1);
    }
    for (let edge = first; edge < end; edge += 1) {
      if (edgeType[edge] !== property) continue;
      const alike = counts.get(classes[edgeTo[edge] as number] as number) ?? 0;
      if (alike > MOST_PROPERTIES) label[edge] = key;
    }
  }
}
