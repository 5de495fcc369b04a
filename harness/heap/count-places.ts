import type { Counts, Moment } from './growth.ts';
import type { HeapGraph } from './heap-graph.ts';

/** How many nodes are at each place, and of each class, in one snapshot. */
export interface Census {
  readonly byPath: Int32Array;
  readonly byClass: Int32Array;
  readonly lastId: number;
}

const isOdd = (id: number): boolean => (id & 1) === 1;

export function countNodes(options: {
  readonly graph: HeapGraph;
  readonly pathOf: Int32Array;
  readonly classes: Uint32Array;
  readonly paths: number;
  readonly classCount: number;
}): Census {
  const { graph, pathOf, classes } = options;
  const byPath = new Int32Array(options.paths);
  const byClass = new Int32Array(options.classCount);
  let lastId = 0;
  for (let node = 0; node < graph.nodeCount; node += 1) {
    const path = pathOf[node] as number;
    if (path >= 0) byPath[path] = (byPath[path] as number) + 1;
    const ofClass = classes[node] as number;
    byClass[ofClass] = (byClass[ofClass] as number) + 1;
    const id = graph.nodeId[node] as number;
    if (isOdd(id) && id > lastId) lastId = id;
  }
  return { byPath, byClass, lastId };
}

/** The counts that rose in every block; births are counted for these alone. */
export function risingCounts(options: {
  readonly moments: readonly Moment[];
  readonly series: readonly Int32Array[];
  /** Key of each node of the last snapshot: its path or its class. */
  readonly keyOf: Int32Array | Uint32Array;
  readonly last: HeapGraph;
}): ReadonlyMap<number, Counts> {
  const { moments, series, keyOf, last } = options;
  const rising = new Map<number, { counts: number[]; births: number[]; aged: number }>();
  const final = series.at(-1) ?? new Int32Array(0);
  for (let key = 0; key < final.length; key += 1) {
    const counts = series.map((one) => one[key] ?? 0);
    const rises = counts.every(
      (count, at) => at === 0 || moments[at]?.confirms || count > (counts[at - 1] ?? 0),
    );
    if (rises) rising.set(key, { counts, births: counts.map(() => 0), aged: 0 });
  }
  for (let node = 0; node < last.nodeCount; node += 1) {
    const found = rising.get(keyOf[node] as number);
    const id = last.nodeId[node] as number;
    if (found === undefined || !isOdd(id)) continue;
    found.aged += 1;
    const at = moments.findIndex(({ lastId }) => id <= lastId);
    if (at >= 0) found.births[at] = (found.births[at] ?? 0) + 1;
  }
  return new Map(
    [...rising].map(([key, { counts, births, aged }]) => [
      key,
      { counts, births, isAgeless: aged === 0 },
    ]),
  );
}
