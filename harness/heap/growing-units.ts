import type { Counts, GrowthState, Moment } from './growth.ts';
import { judgeGrowth } from './growth.ts';
import type { Names } from './labels.ts';
import type { PathTree } from './path-tree.ts';
import { holderOf, isEngines, isInternal, isPlain, ownerOf } from './render-path.ts';

/** Places that grow under one holder: one leak. */
export interface GrowingUnit {
  readonly state: GrowthState;
  readonly holder: number;
  /** What it is told by first: a class with a name, else the most numerous. */
  readonly paths: readonly number[];
  readonly counts: Counts;
  /** What stands for them where they are the engine's: the nearest object of the program that grows as often. */
  readonly told: { readonly path: number; readonly counts: Counts } | null;
  /** Nearest places with a class of JavaScript below one that has none. */
  readonly below: readonly number[];
  /** The browser's own objects that what is told holds as often: a connection, an audio context. */
  readonly holds: readonly number[];
}

/** Never a leak by themselves: V8 makes them for what a program keeps, and when it compiles. */
const NEVER_ALONE = /^\((code|shape|synthetic|hidden)\)$|^system \/ (?!JSArrayBufferData)/;

interface Judged {
  readonly path: number;
  readonly state: GrowthState;
  readonly counts: Counts;
}

export interface Heaps {
  readonly moments: readonly Moment[];
  readonly byPath: ReadonlyMap<number, Counts>;
  readonly byClass: ReadonlyMap<number, Counts>;
  readonly tree: PathTree;
  readonly names: Names;
  /** From the first to the last moment. */
  readonly riseOf: (path: number) => number;
}

/** True when everything from the place up to the other one grows: then the other one explains it. */
export function hangsOn(
  path: number,
  other: number,
  { tree, riseOf }: Pick<Heaps, 'tree' | 'riseOf'>,
): boolean {
  let at = path;
  while (at !== other && at > tree.root && riseOf(at) > 0) at = tree.parentOf(at);
  return at === other;
}

/** The shallowest places that grow, those of one holder together. */
export function growingUnits(options: Heaps): GrowingUnit[] {
  const { moments, byPath, tree, names } = options;
  const judged = [...byPath].flatMap(([path, counts]): Judged[] => {
    if (isLooking(path, tree, names)) return [];
    const state = judgeGrowth(moments, counts);
    return state === null ? [] : [{ path, state, counts }];
  });
  const fast = judged.filter(({ state }) => state !== 'slow');
  const units = withoutEngineParts(groupByHolder(shallowest(fast, tree), fast, options), options);
  units.push(...scattered(units, options));
  const slow = judged.filter(
    ({ path, state }) => state === 'slow' && !isInternal(names.nameOf(tree.classOf(path))),
  );
  const covered = (path: number): boolean =>
    units.some(({ paths }) =>
      paths.some((one) => hangsOn(path, one, options) || hangsOn(one, path, options)),
    );
  const alone = shallowest(slow, tree).filter(({ path }) => !covered(path));
  return [...units, ...groupByHolder(alone, slow, options)];
}

/** The inspector keeps what is written to the console, up to 1,000 lines: that is there because it is looked at. */
function isLooking(path: number, tree: PathTree, names: Names): boolean {
  for (let at = path; at > tree.root; at = tree.parentOf(at))
    if (names.nameOf(tree.edgeOf(at)).includes('DevTools console')) return true;
  return false;
}

/** A part of the engine that hangs on something else that grows is explained by it. */
function withoutEngineParts(units: readonly GrowingUnit[], heaps: Heaps): GrowingUnit[] {
  const { tree, names } = heaps;
  return units.filter((unit) => {
    const [first = tree.root] = unit.paths;
    if (unit.told !== null || !isEngines(names.nameOf(tree.classOf(first)))) return true;
    return !units.some(
      (other) => other !== unit && other.paths.some((path) => hangsOn(first, path, heaps)),
    );
  });
}

function shallowest(judged: readonly Judged[], tree: PathTree): Judged[] {
  const paths = new Set(judged.map(({ path }) => path));
  // Not any place above: what grows may hang on one object that something else that grows leads to first.
  return judged.filter(({ path }) => !paths.has(tree.parentOf(path)));
}

function groupByHolder(
  top: readonly Judged[],
  all: readonly Judged[],
  heaps: Heaps,
): GrowingUnit[] {
  const { tree, names } = heaps;
  const groups = new Map<string, Judged[]>();
  for (const one of top) {
    const key = `${holderOf(one.path, tree, names)} ${one.state}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].flatMap((group): GrowingUnit[] => {
    const nameOf = (path: number): string => names.nameOf(tree.classOf(path));
    const below = nearestNamed(group, all, heaps, nameOf);
    if (below.length === 0 && group.every(({ path }) => NEVER_ALONE.test(nameOf(path)))) return [];
    const first = lead(group, nameOf);
    if (first === undefined) return [];
    const paths = [first, ...group.filter((one) => one !== first)].map(({ path }) => path);
    const holder = holderOf(first.path, tree, names);
    const told = isOfEngine(first.path, tree, names) ? (below.find(isOf(heaps)) ?? null) : null;
    const { state, counts } = first;
    const holds = told === null ? [] : heldNatives(told.path, all, heaps);
    return [{ state, holder, paths, counts, told, below: below.map(({ path }) => path), holds }];
  });
}

/** By its own name or by its owner's: nothing that a person can look up in a program. */
export const isOfEngine = (path: number, tree: PathTree, names: Names): boolean =>
  isEngines(names.nameOf(tree.classOf(path))) || isEngines(ownerOf(path, tree, names));

/** An instance of a class that is written in a script. */
const isOf =
  ({ tree, names }: Pick<Heaps, 'tree' | 'names'>) =>
  ({ path }: Pick<Judged, 'path'>): boolean =>
    names.written.has(names.nameOf(tree.classOf(path)));

function lead(group: readonly Judged[], nameOf: (path: number) => string): Judged | undefined {
  const weight = ({ path, counts }: Judged): number =>
    (isInternal(nameOf(path)) ? 0 : 1e12) + (counts.counts.at(-1) ?? 0);
  return group.toSorted((a, b) => weight(b) - weight(a))[0];
}

/** Those that no other of them keeps, nearest first. */
function heldNatives(told: number, all: readonly Judged[], heaps: Heaps): number[] {
  const { tree, names } = heaps;
  const held = all.filter(({ path }) => {
    const name = names.nameOf(tree.classOf(path));
    return names.natives.has(tree.classOf(path)) && !isPlain(name) && hangsOn(path, told, heaps);
  });
  return held
    .map(({ path }) => path)
    .filter((path) => !held.some((one) => one.path !== path && hangsOn(path, one.path, heaps)))
    .sort((a, b) => depthOf([a], tree) - depthOf([b], tree) || a - b);
}

function nearestNamed(
  group: readonly Judged[],
  all: readonly Judged[],
  heaps: Heaps,
  nameOf: (path: number) => string,
): Judged[] {
  const { tree, names } = heaps;
  const isNative = (path: number): boolean => names.natives.has(tree.classOf(path));
  const bare = group.filter(({ path }) => isInternal(nameOf(path)) || isNative(path));
  const named = all.filter(
    ({ path }) =>
      !isPlain(nameOf(path)) &&
      !isNative(path) &&
      bare.some((one) => hangsOn(path, one.path, heaps)),
  );
  // Classes of the program say more than its functions, and these more than a promise.
  const own = named.filter(isOf(heaps));
  const among = own.length > 0 ? own : named;
  const isNearest = ({ path }: Judged): boolean =>
    !among.some((one) => one.path !== path && hangsOn(path, one.path, heaps));
  const depth = ({ path }: Judged): number => depthOf([path], tree);
  return among.filter(isNearest).sort((a, b) => depth(a) - depth(b) || a.path - b.path);
}

/** This share of a class's growth must be at places that are found, for these to be told as its place. */
const MOST = 0.5;

/**
 * A list that is linked both ways is reached from both ends, so each half grows slower than the whole, and where an
 * object is found does not tell its age. A class with a name that grows, and that no place explains, is told with the
 * places where most of it is.
 */
function scattered(units: readonly GrowingUnit[], heaps: Heaps): GrowingUnit[] {
  const { moments, byClass, tree, names, riseOf } = heaps;
  const places = placesByClass(tree, riseOf, names);
  const candidates = [...byClass]
    .filter(([ofClass, counts]) => {
      return places.has(ofClass) && judgeGrowth(moments, counts) === 'growing';
    })
    .map(([ofClass, counts]) => ({ counts, paths: places.get(ofClass) ?? [] }))
    .sort((a, b) => depthOf(a.paths, tree) - depthOf(b.paths, tree));
  const found: GrowingUnit[] = [];
  for (const { counts, paths } of candidates) {
    const taken = [...units, ...found].filter(({ state }) => state === 'growing');
    const rise = (counts.counts.at(-1) ?? 0) - (counts.counts[0] ?? 0);
    const free = paths.filter(
      (path) => !taken.some((unit) => unit.paths.some((one) => hangsOn(path, one, heaps))),
    );
    const here = free.reduce((sum, path) => sum + riseOf(path), 0);
    const [first] = free;
    if (first === undefined || here < rise * MOST) continue;
    const holder = holderOf(first, tree, names);
    found.push({ state: 'growing', holder, paths: free, counts, told: null, below: [], holds: [] });
  }
  return found;
}

/** Places of classes with a name where there are more at the end; most first. */
function placesByClass(tree: PathTree, riseOf: (path: number) => number, names: Names) {
  const places = new Map<number, number[]>();
  for (let path = 1; path < tree.size(); path += 1) {
    if (riseOf(path) <= 0 || isPlain(names.nameOf(tree.classOf(path)))) continue;
    const ofClass = tree.classOf(path);
    places.set(ofClass, [...(places.get(ofClass) ?? []), path]);
  }
  for (const paths of places.values()) paths.sort((a, b) => riseOf(b) - riseOf(a) || a - b);
  return places;
}

function depthOf(paths: readonly number[], tree: PathTree): number {
  let depth = 0;
  for (let at = paths[0] ?? tree.root; at > tree.root; at = tree.parentOf(at)) depth += 1;
  return depth;
}
