import { basename } from './base-name.ts';
import { type HeapGraph, STRING_NODES } from './heap-graph.ts';

/** Names as numbers, the same for all snapshots of one process. */
export interface Names {
  readonly numberOf: (name: string) => number;
  readonly nameOf: (number: number) => string;
  readonly count: () => number;
  /** Classes of the embedder's objects: of Node's or the browser's own C++. */
  readonly natives: Set<number>;
  /** Names of functions that are written in a script: a class of that name is the program's. */
  readonly written: Set<string>;
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
    natives: new Set(),
    written: new Set(),
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
export function ownerTable(name: string): number | null {
  const found = EPHEMERON.exec(name)?.[1];
  return found === undefined ? null : Number(found);
}

/** `Detached <div id="x">` is a `Detached <div>`; addresses are left out, and what a template is made for. */
function foldNative(name: string): string {
  return name
    .replace(/^(Detached )?<(\w+)[^>]*>$/, '$1<$2>')
    .replace(/^(\w+::[\w:]+)<.*$/, '$1<…>')
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
      type === 'closure' ? closureClass(graph, node, names) : plainClass(graph, node, type),
    );
    if (type === 'native') names.natives.add(number);
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
function closureClass(graph: HeapGraph, node: number, { written }: Names): string {
  const name = graph.strings[graph.nodeName[node] as number] || '(anonymous)';
  const place = graph.locations.get(node);
  const script = scriptOf(graph, node);
  if (script === '' || place === undefined) return `${name}()`;
  written.add(name);
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
