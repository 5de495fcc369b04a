import type { Names } from './labels.ts';
import type { PathTree } from './path-tree.ts';

/** Containers and V8's own parts: what holds them is who owns what is in them. */
const PLAIN = new Set(['Object', 'Array', 'Map', 'Set', 'WeakMap', 'WeakSet', 'EventListener']);

export const isInternal = (name: string): boolean =>
  /^(\(|system \/ |blink::|cppgc::|(V8|JS)(EventListener|EventHandler\w*)$)/.test(name);
/** Lists of what the engine itself keeps alive: nobody's objects. */
const ENGINE = /^(\((?!anonymous\))|Pending activities$|C\+\+ .*roots$|blink::|cppgc::|system \/ )/;
export const isEngines = (name: string): boolean => ENGINE.test(name);
export const isPlain = (name: string): boolean => PLAIN.has(name) || isInternal(name);

interface Step {
  readonly edge: string;
  readonly ofClass: string;
  /** Held by an object of the embedder: at a number, not under a name. */
  readonly byNative: boolean;
}

function stepsTo(path: number, tree: PathTree, names: Names): Step[] {
  const steps: Step[] = [];
  for (let at = path; at > tree.root; at = tree.parentOf(at)) {
    const byNative = names.natives.has(tree.classOf(tree.parentOf(at)));
    const edge = names.nameOf(tree.edgeOf(at));
    steps.push({ edge, ofClass: names.nameOf(tree.classOf(at)), byNative });
  }
  return steps.reverse();
}

const SILENT = new Set([
  '(table)',
  '(elements)',
  '(properties)',
  '(context)',
  '(previous)',
  '(reactions_or_result)',
  '(#)',
  '(value)',
]);

/** `_events`, `scope.list`, `[]`, `(next)`; V8's own steps between two named ones say nothing. */
function edgeText({ edge, byNative }: Step): string {
  if ((byNative && edge === '[]') || SILENT.has(edge) || edge.includes('::')) return '';
  return edge.startsWith('.') ? edge.slice(1) : edge;
}

/** Where the path of what grows begins when it is not the nearest owner: at the owner of a place above it. */
export interface PathOptions {
  readonly arrow?: string;
  readonly ownerOf?: number;
}

/** `FfiClient._events -> ffi_event -> Array [] => (anonymous)()@room.cjs:81:23` */
export function renderPath(
  path: number,
  tree: PathTree,
  names: Names,
  { arrow = '=>', ownerOf: above = path }: PathOptions = {},
): string {
  const steps = stepsTo(path, tree, names);
  const from = ownerStep(above === path ? steps : stepsTo(above, tree, names));
  const [first, ...rest] = steps.slice(from);
  if (first === undefined) return '';
  let text = first.ofClass;
  for (const [at, step] of rest.entries()) {
    const isLast = at === rest.length - 1;
    const edge = edgeText(step);
    if (edge !== '') text += joinEdge(step, edge, at === 0, text);
    if (isLast) text += ` ${arrow} ${step.ofClass}`;
    else if (shows(step)) text += ` -> ${step.ofClass}`;
  }
  return text;
}

function joinEdge({ edge }: Step, text: string, isFirst: boolean, before: string): string {
  if (edge === '[]') return before.endsWith(' []') ? '' : ' []';
  return isFirst && edge.startsWith('.') ? `.${text}` : ` -> ${text}`;
}

const shows = ({ ofClass }: Step): boolean => ofClass !== 'Object' && !isInternal(ofClass);

/** Index of the nearest step above the last that a person has named; what is in a list is not kept by its like. */
function ownerStep(steps: readonly Step[]): number {
  const own = steps.at(-1)?.ofClass;
  for (let at = steps.length - 2; at >= 0; at -= 1) {
    const { ofClass = '' } = steps[at] ?? {};
    if (!isPlain(ofClass) && ofClass !== own) return at;
  }
  return 0;
}

/** The nearest object with a name of its own that keeps it: a class, a function, a global. */
export function ownerOf(path: number, tree: PathTree, names: Names): string {
  const steps = stepsTo(path, tree, names);
  return steps[ownerStep(steps)]?.ofClass ?? '';
}

/** Every step from the root. */
export function renderWhole(path: number, tree: PathTree, names: Names): string {
  return stepsTo(path, tree, names)
    .map(({ edge, ofClass }) => `${edge} ${ofClass}`)
    .join(' > ');
}

/** The container or object that holds what is at this place, past V8's own arrays. */
export function holderOf(path: number, tree: PathTree, names: Names): number {
  let at = tree.parentOf(path);
  while (at > tree.root && isInternal(names.nameOf(tree.classOf(at)))) at = tree.parentOf(at);
  return at;
}
