import { type Census, countNodes, risingCounts } from './count-places.ts';
import {
  immediateDominators,
  keptTogetherBytes,
  type Predecessors,
  predecessors,
  retainedBytes,
} from './dominators.ts';
import { type EdgeLabels, labelEdges } from './edge-labels.ts';
import { type GrowingUnit, growingUnits, hangsOn } from './growing-units.ts';
import { type GrowthState, judgeGrowth, type Moment, perCycle } from './growth.ts';
import { type HeapGraph, SnapshotError } from './heap-graph.ts';
import { classesOf, createNames, type Names } from './labels.ts';
import { createPathTree, type PathTree } from './path-tree.ts';
import {
  holderOf,
  isEngines,
  isInternal,
  ownerOf,
  renderPath,
  renderWhole,
} from './render-path.ts';
import { placeNodes } from './walk-paths.ts';

export interface TakenSnapshot {
  readonly cycle: number;
  readonly confirms: boolean;
  readonly read: () => HeapGraph;
}

/** Objects of which there are more after every block, and who keeps them. */
export interface GrowingObjects {
  readonly state: GrowthState;
  readonly ofClass: string;
  readonly countPerCycle: number;
  /** What they keep alive alone, by dominators, on the last snapshot. */
  readonly bytesPerCycle: number;
  /** What all of them keep alive together, also what several of them share. */
  readonly bytesTogetherPerCycle: number;
  readonly owner: string;
  /** Kept by a list of the engine's own, or one of its parts: true, and not what a person can change. */
  readonly isOfEngine: boolean;
  readonly path: string;
  readonly wholePath: string;
  /** Every holder that at least half of the new ones have, the path's own first. */
  readonly owners: readonly string[];
  /** Nearest classes of JavaScript, when what grows has none. */
  readonly below: readonly string[];
  /** The browser's own objects that they hold, with the last steps to each. */
  readonly holds: readonly string[];
  /** Other classes that the same holder keeps more of. */
  readonly also: readonly string[];
}

export interface GrowingClass {
  readonly name: string;
  readonly countPerCycle: number;
}

export interface HeapGrowth {
  readonly moments: readonly Moment[];
  readonly objects: readonly GrowingObjects[];
  /** Classes of which there are more anywhere in the heap. */
  readonly classes: readonly GrowingClass[];
  /** Snapshots that could not be used, one line each. */
  readonly problems: readonly string[];
}

interface Last {
  readonly graph: HeapGraph;
  readonly classes: Uint32Array;
  readonly labels: EdgeLabels;
  readonly pathOf: Int32Array;
}

interface Scene extends Last {
  readonly tree: PathTree;
  readonly names: Names;
  readonly moments: readonly Moment[];
  readonly riseOf: (path: number) => number;
}

/** Fewer have no two blocks, and one block proves nothing. */
const FEWEST = 3;

/** Reads the snapshots one after another, so that only one graph is in memory. */
export function findGrowing(snapshots: readonly TakenSnapshot[]): HeapGrowth {
  const names = createNames();
  const tree = createPathTree();
  const moments: Moment[] = [];
  const censuses: Census[] = [];
  const problems: string[] = [];
  let last: Last | null = null;
  for (const { cycle, confirms, read } of snapshots) {
    last = null;
    const graph = tryRead(read, `the snapshot after cycle ${cycle}`, problems);
    if (graph === null) continue;
    const classes = classesOf(graph, names);
    const labels = labelEdges(graph, classes, names);
    const pathOf = placeNodes({ graph, classes, labels, names, tree });
    const paths = tree.size();
    const census = countNodes({ graph, pathOf, classes, paths, classCount: names.count() });
    censuses.push(census);
    moments.push({ cycle, confirms, lastId: census.lastId });
    last = { graph, classes, labels, pathOf };
  }
  if (moments.length < FEWEST || last === null) {
    const says = `${moments.length} usable snapshots are too few to compare; ${FEWEST} are needed, the last among them`;
    return { moments, objects: [], classes: [], problems: [...problems, says] };
  }
  const riseOf = (path: number): number =>
    (censuses.at(-1)?.byPath[path] ?? 0) - (censuses[0]?.byPath[path] ?? 0);
  const scene = { ...last, tree, names, moments, riseOf };
  return { ...judge(scene, censuses), moments, problems };
}

function tryRead(read: () => HeapGraph, what: string, problems: string[]): HeapGraph | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SnapshotError) && !(error instanceof SyntaxError)) throw error;
    problems.push(`${what} is not whole and was left out: ${error.message}`);
    return null;
  }
}

function judge(scene: Scene, censuses: readonly Census[]): Pick<HeapGrowth, 'objects' | 'classes'> {
  const { moments, graph, names, pathOf, classes } = scene;
  const byPath = risingCounts({
    moments,
    series: censuses.map((census) => census.byPath),
    keyOf: pathOf,
    last: graph,
  });
  const byClass = risingCounts({
    moments,
    series: censuses.map((census) => census.byClass),
    keyOf: classes,
    last: graph,
  });
  const units = growingUnits({ ...scene, byPath, byClass });
  const growing = [...byClass].flatMap(([ofClass, counts]): GrowingClass[] => {
    const name = names.nameOf(ofClass);
    const grows = judgeGrowth(moments, counts) === 'growing' && !isInternal(name);
    return grows ? [{ name, countPerCycle: perCycle(moments, counts) }] : [];
  });
  return {
    objects: units.length === 0 ? [] : describe(units, scene),
    classes: growing.sort((a, b) => b.countPerCycle - a.countPerCycle),
  };
}

function describe(units: readonly GrowingUnit[], scene: Scene): GrowingObjects[] {
  const { graph, labels } = scene;
  const idom = immediateDominators(graph, labels);
  const from = predecessors(graph, labels);
  const found = units.map((unit) => describeUnit(unit, scene, idom, from));
  // What is kept twice was claimed by the nearer owner; what is left under the other one is the same leak.
  const told = found.filter(
    (one) =>
      !found.some(
        (other) =>
          other !== one &&
          other.bytesPerCycle >= one.bytesPerCycle &&
          other.holders.slice(1).includes(one.holder),
      ),
  );
  return told
    .map(({ holder: _, holders: __, ...rest }) => rest)
    .sort((a, b) => rank(a) - rank(b) || b.bytesPerCycle - a.bytesPerCycle);
}

const ORDER: readonly GrowthState[] = ['growing', 'slow', 'bounded so far'];
const rank = ({ state, isOfEngine }: GrowingObjects): number =>
  ORDER.indexOf(state) + (isOfEngine ? 0.5 : 0);

type Described = GrowingObjects & { readonly holder: number; readonly holders: readonly number[] };

function describeUnit(
  unit: GrowingUnit,
  scene: Scene,
  idom: Int32Array,
  from: Predecessors,
): Described {
  const { graph, pathOf, tree, names, moments } = scene;
  const [first = 0, ...others] = unit.paths;
  const shown = unit.told?.path ?? first;
  const counts = unit.told?.counts ?? unit.counts;
  const places = new Set(unit.told === null ? unit.paths : [shown]);
  const nodes = new Set<number>();
  for (let node = 0; node < graph.nodeCount; node += 1)
    if (places.has(pathOf[node] as number)) nodes.add(node);
  const oldest = moments[0]?.lastId ?? 0;
  const isNew = (node: number): boolean =>
    counts.isAgeless || (graph.nodeId[node] as number) > oldest;
  const kept = retainedBytes(graph, idom, nodes);
  const cycles = (moments.at(-1)?.cycle ?? 0) - (moments[0]?.cycle ?? 0);
  const born = [...nodes].filter(isNew);
  const rate = perCycle(moments, counts);
  const bytes = born.reduce((sum, node) => sum + (kept.get(node) ?? 0), 0);
  const bytesPerCycle = counts.isAgeless ? (bytes / nodes.size) * rate : bytes / cycles;
  const together = keptTogetherBytes(graph, scene.labels, { idom, nodes, bornAfter: oldest });
  const leading = born.filter((node) => pathOf[node] === shown);
  const holders = holdersOf(leading, unit, scene, from);
  const nameOf = (path: number): string => names.nameOf(tree.classOf(path));
  const isOther = (name: string): boolean => name !== nameOf(shown);
  const owner = ownerOf(first, tree, names);
  return {
    state: unit.state,
    ofClass: nameOf(shown),
    countPerCycle: rate,
    bytesPerCycle,
    bytesTogetherPerCycle: counts.isAgeless ? bytesPerCycle : together / cycles,
    owner,
    isOfEngine: isEngines(owner) || isEngines(nameOf(shown)),
    path: renderPath(shown, tree, names, { ownerOf: first }),
    wholePath: renderWhole(shown, tree, names),
    owners: [...new Set(holders.map((path) => renderPath(path, tree, names, { arrow: '->' })))],
    below: [...new Set(unit.below.map(nameOf))].filter(isOther).slice(0, 5),
    holds: [...new Set(unit.holds.map((path) => renderPath(path, tree, names)))],
    also: [...new Set(others.map(nameOf))].filter(isOther).slice(0, 5),
    holder: unit.holder,
    holders,
  };
}

/** So many of the new ones are asked who holds them. */
const ASKED = 50;

/** Places that hold at least half of the new ones, other than what they hold themselves. */
function holdersOf(
  born: readonly number[],
  unit: GrowingUnit,
  scene: Scene,
  { first, from }: Predecessors,
): number[] {
  const { pathOf, tree, names } = scene;
  const asked = born.slice(-ASKED);
  const counts = new Map<number, number>();
  for (const node of asked) {
    const holders = new Set<number>();
    for (let at = first[node] as number; at < (first[node + 1] as number); at += 1) {
      const path = pathOf[from[at] as number] as number;
      if (path <= tree.root || unit.paths.some((own) => hangsOn(path, own, scene))) continue;
      const plain = isInternal(names.nameOf(tree.classOf(path)));
      holders.add(plain ? holderOf(path, tree, names) : path);
    }
    for (const path of holders) counts.set(path, (counts.get(path) ?? 0) + 1);
  }
  const found = [...counts]
    .filter(([path, count]) => path > tree.root && count * 2 >= asked.length)
    .sort(([, a], [, b]) => b - a)
    .map(([path]) => path);
  return [unit.holder, ...found.filter((path) => path !== unit.holder)];
}
