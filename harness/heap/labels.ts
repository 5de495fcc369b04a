import { basename } from './base-name.ts';
import { type HeapGraph, NUMBERED_EDGES, STRING_NODES } from './heap-graph.ts';

/** Names as numbers, the same for all snapshots of one process. */
export interface Names {
  readonly numberOf: (name: string) => number;
  readonly nameOf: (number: number) => string;
  readonly count: () => number;
}

export function createNames(): Names {
  const numbers = new Map<string, number>();
  const names: string[] = [];
  return {
    numberOf(name) {
      const known = numbers.get(name);
      if (known !== undefined) return known;
      numbers.set(name, names.length);
      return names.push(name) - 1;
    },
    nameOf: (number) => names[number] ?? '',
    count: () => names.length,
  };
}

/** `9 / part of key (Room @1) -> value (Object @3) pair in WeakMap (table @5)` */
const EPHEMERON = /part of key .* pair in WeakMap \(table @(\d+)\)/;
const MADE_ID = /^[A-Z]{2,3}_[A-Za-z0-9]{6,}$|^[0-9a-f]{8}-[0-9a-f-]{12,}$|^[0-9a-f]{12,}$/i;
/** Letters and digits mixed, long: a name that a program made up. */
const MIXED = /^(?=.*\d.*\d)(?=.*[A-Za-z])[A-Za-z0-9_-]{12,}$/;

/** The same name for what is the same but for a number or an id: `#` for digits, `*` for ids. */
export function foldName(name: string): string {
  if (EPHEMERON.test(name)) return 'value of a WeakMap';
  if (/^\d+$/.test(name)) return '[]';
  if (MADE_ID.test(name) || MIXED.test(name)) return '*';
  return name.replace(/\d+/g, '#').slice(0, 120);
}

/** The id of the table that this edge's name says it belongs to; null for every other edge. */
export function ephemeronTable(name: string): number | null {
  const found = EPHEMERON.exec(name)?.[1];
  return found === undefined ? null : Number(found);
}

/** Beyond so many of one class under one object, property names are keys. */
const MOST_PROPERTIES = 32;

/** `Detached <div id="x">` is a `Detached <div>`, whatever it is called; addresses in names are left out. */
function foldNative(name: string): string {
  return name
    .replace(/<(\w+)[^>]*>/, '<$1>')
    .replace(/ \/ https?:.*| \/ file:.*/, '')
    .replace(/0x[0-9a-f]+|\d{4,}/gi, '#')
    .slice(0, 120);
}

/** Class of every node: what a person would call it. */
export function classesOf(graph: HeapGraph, names: Names): Uint32Array {
  const classes = new Uint32Array(graph.nodeCount);
  const byName = new Map<number, number>();
  const nodeTypes = graph.nodeTypes.map((type) => type);
  for (let node = 0; node < graph.nodeCount; node += 1) {
    const type = nodeTypes[graph.nodeType[node] as number] ?? '';
    const key = (graph.nodeName[node] as number) * 64 + (graph.nodeType[node] as number);
    const known = byName.get(key);
    if (known !== undefined && type !== 'closure') {
      classes[node] = known;
      continue;
    }
    const number = names.numberOf(
      type === 'closure' ? closureClass(graph, node) : plainClass(graph, node, type),
    );
    byName.set(key, number);
    classes[node] = number;
  }
  return classes;
}

const GROUPED: Readonly<Record<string, string>> = {
  number: '(number)',
  bigint: '(bigint)',
  regexp: '(regexp)',
  symbol: '(symbol)',
  'object shape': '(shape)',
  array: '(array)',
};

function plainClass(graph: HeapGraph, node: number, type: string): string {
  if (STRING_NODES.includes(type)) return '(string)';
  const name = graph.strings[graph.nodeName[node] as number] ?? '';
  if (type === 'code') return name.startsWith('system / ') ? name : '(code)';
  return GROUPED[type] ?? (name === '' ? `(${type})` : foldNative(name));
}

/** `onEvent()@room.cjs:81:23`: where a function is written says more than what it is called. */
function closureClass(graph: HeapGraph, node: number): string {
  const name = graph.strings[graph.nodeName[node] as number] || '(anonymous)';
  const place = graph.locations.get(node);
  const script = scriptOf(graph, node);
  if (script === '' || place === undefined) return `${name}()`;
  return `${name}()@${script}:${place.line}:${place.column}`;
}

function scriptOf(graph: HeapGraph, closure: number): string {
  const shared = follow(graph, closure, (name) => name === 'shared');
  if (shared === null) return '';
  const script = follow(graph, shared, (name) => name.startsWith('script'));
  if (script === null || graph.nodeTypes[graph.nodeType[script] as number] !== 'code') return '';
  return basename(graph.strings[graph.nodeName[script] as number] ?? '');
}

function follow(graph: HeapGraph, node: number, is: (name: string) => boolean): number | null {
  const internal = graph.edgeTypes.indexOf('internal');
  const end = graph.firstEdge[node + 1] as number;
  for (let edge = graph.firstEdge[node] as number; edge < end; edge += 1) {
    if (graph.edgeType[edge] !== internal) continue;
    if (is(graph.strings[graph.edgeName[edge] as number] ?? ''))
      return graph.edgeTo[edge] as number;
  }
  return null;
}

/** What V8 needs to run a program rather than what the program keeps. */
const PLUMBING = new Set([
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
const NONE: ReadonlySet<string> = new Set();

/** A slot of an object without a name. */
const HIDDEN_LABEL = '(#)';

/** What the program names before what V8 names, and slots without a name last; else by name. */
export function compareLabels(a: string, b: string): number {
  const byRank = rankOf(a) - rankOf(b);
  if (byRank !== 0) return byRank;
  return a < b ? -1 : a > b ? 1 : 0;
}

function rankOf(label: string): number {
  if (label === HIDDEN_LABEL) return 2;
  return label.startsWith('(') ? 1 : 0;
}

export interface EdgeLabels {
  /** `.name`, `scope.name`, `(name)` or `[]`, as a number of `names`; the node it leaves decides about keys. */
  readonly labelOf: (edge: number, from: number) => number;
  readonly isPlumbing: (edge: number) => boolean;
  /** Weak edges, and the half of a WeakMap's entry that does not keep it. */
  readonly isWeak: (edge: number, from: number) => boolean;
  /** To be called before the edges of a node are looked at: finds which of its names are keys. */
  readonly enter: (node: number) => void;
}

export function edgeLabels(graph: HeapGraph, classes: Uint32Array, names: Names): EdgeLabels {
  const { edgeTypes, edgeType, edgeName, edgeTo, firstEdge, strings } = graph;
  const weak = edgeTypes.indexOf('weak');
  const property = edgeTypes.indexOf('property');
  const internal = edgeTypes.indexOf('internal');
  const numbered = new Set(NUMBERED_EDGES.map((type) => edgeTypes.indexOf(type)));
  const index = names.numberOf('[]');
  const hidden = edgeTypes.indexOf('hidden');
  const slot = names.numberOf(HIDDEN_LABEL);
  const key = names.numberOf('.*');
  const known = new Map<number, number>();
  const plumbing = new Map<number, boolean>();
  const tables = new Map<number, number | null>();
  let keyed: ReadonlySet<number> | null = null;
  const make = (edge: number): number => {
    const name = foldName(strings[edgeName[edge] as number] ?? '');
    if (name === '[]') return index;
    const type = edgeTypes[edgeType[edge] as number];
    if (type === 'property') return names.numberOf(`.${name}`);
    return names.numberOf(type === 'context' ? `scope.${name}` : `(${name})`);
  };
  const memo = <T>(from: Map<number, T>, at: number, get: () => T): T => {
    const found = from.get(at);
    if (found !== undefined) return found;
    const made = get();
    from.set(at, made);
    return made;
  };
  return {
    labelOf(edge) {
      const type = edgeType[edge] as number;
      if (type === hidden) return slot;
      if (numbered.has(type)) return index;
      if (keyed?.has(classes[edgeTo[edge] as number] as number) && type === property) return key;
      return memo(known, (edgeName[edge] as number) * 8 + type, () => make(edge));
    },
    isPlumbing(edge) {
      if (numbered.has(edgeType[edge] as number)) return false;
      const at = edgeName[edge] as number;
      const type = edgeType[edge] as number;
      const among = type === property ? PLUMBING_PROPERTIES : type === internal ? PLUMBING : NONE;
      return memo(plumbing, at * 8 + type, () => among.has(strings[at] ?? ''));
    },
    isWeak(edge, from) {
      const type = edgeType[edge] as number;
      if (type === weak) return true;
      if (numbered.has(type)) return false;
      const at = edgeName[edge] as number;
      const table = memo(tables, at, () => ephemeronTable(strings[at] ?? ''));
      return table !== null && graph.nodeId[from] === table;
    },
    enter(node) {
      keyed = null;
      const first = firstEdge[node] as number;
      const end = firstEdge[node + 1] as number;
      if (end - first <= MOST_PROPERTIES) return;
      const counts = new Map<number, number>();
      for (let edge = first; edge < end; edge += 1) {
        if (edgeType[edge] !== property) continue;
        const to = classes[edgeTo[edge] as number] as number;
        counts.set(to, (counts.get(to) ?? 0) + 1);
      }
      const many = [...counts].filter(([, count]) => count > MOST_PROPERTIES);
      if (many.length > 0) keyed = new Set(many.map(([to]) => to));
    },
  };
}
