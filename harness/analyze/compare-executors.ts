import { describeMetric } from '../contracts/measurement.ts';
import type {
  CellAnalysis,
  Estimate,
  ExecutorComparison,
  ExecutorRow,
  LeftBehind,
  MetricAnalysis,
  RestAndRunning,
} from '../contracts/result.ts';
import { scenarioName } from '../contracts/scenario-name.ts';
import { groupBy } from '../lib/group-by.ts';
import { betweenRuns, reach } from './between-runs.ts';
import { middle } from './plain-trend.ts';
import { isGrowing, isSettled } from './scene.ts';
import { saySwitches } from './switch-sentences.ts';

/** Jobs are hosted ever further apart: what switching does is told in this order. */
const ORDER = ['own', 'inline', 'thread', 'reload', 'process'];

/** Cells that are alike but for the executor, side by side; the repeats of a cell are one row. */
export function compareExecutors(cells: readonly CellAnalysis[]): ExecutorComparison[] {
  // A call that is held is no job after job: its growth is per minute, and compared as any two cells are.
  const measured = cells.filter(({ cell, cyclesDone }) => cyclesDone > 0 && cell.pace !== 'time');
  return [...groupBy(measured, groupOf).values()].flatMap((group) => {
    const byExecutor = groupBy(group, ({ cell }) => cell.executor);
    const first = group[0]?.cell;
    if (first === undefined || byExecutor.size < 2) return [];
    const wanted = metricsOf(group);
    const rows = [...byExecutor]
      .map(([executor, repeats]) => rowOf(executor, repeats, wanted))
      .sort((a, b) => ORDER.indexOf(a.executor) - ORDER.indexOf(b.executor));
    const { target, allocator, pace = 'cycles' } = first;
    const says = saySwitches(rows, pace);
    return [{ scenario: scenarioName(first), target: target.text, allocator, pace, rows, says }];
  });
}

const groupOf = ({ cell }: CellAnalysis): string =>
  JSON.stringify([scenarioName(cell), cell.target.text, cell.allocator]);

/** The bytes that all of them have, then whatever else grows in any: what a switch could change. */
function metricsOf(group: readonly CellAnalysis[]): string[] {
  const live = group.every((cell) => reads(cell, 'native.live'));
  const growing = group.flatMap(({ metrics }) =>
    metrics.filter(
      (metric) => isGrowing(metric) && ['live', 'count'].includes(metric.role) && !isPart(metric),
    ),
  );
  const bytes = live ? 'native.live' : 'memory.anonymous';
  const ids = [...new Set([bytes, ...growing.map(({ id }) => id)])];
  return ids.sort((a, b) => rankOf(a) - rankOf(b));
}

/** Bytes, then what everybody knows, then counts of objects. */
function rankOf(id: string): number {
  if (describeMetric(id).unit === 'bytes') return id === 'managed.live' ? 1 : 0;
  return id.endsWith('.total') ? 2 : 3;
}

/** Threads and descriptors by name are parts of their total. */
const isPart = ({ id }: MetricAnalysis): boolean =>
  /^(threads|fds)\./.test(id) && !id.endsWith('.total');

const find = ({ metrics }: CellAnalysis, id: string): MetricAnalysis | undefined =>
  metrics.find((metric) => metric.id === id && metric.series.values.length > 0);

function reads(cell: CellAnalysis, id: string): boolean {
  const metric = find(cell, id);
  return metric !== undefined && metric.series.values.length >= metric.missing;
}

function rowOf(
  executor: string,
  cells: readonly CellAnalysis[],
  wanted: readonly string[],
): ExecutorRow {
  const roles = new Set(cells.flatMap(({ metrics }) => metrics.flatMap(({ id }) => roleIn(id))));
  const at = (rest: string, running: string): RestAndRunning =>
    restAndRunning(cells, { rest, running });
  return {
    executor,
    cells: cells.map(({ cell }) => cell.id),
    found: cells.map(({ classification }) => classification.kind),
    leftBehind: wanted.flatMap((id) => leftBehind(cells, id) ?? []),
    // A slice of a held call begins and ends in the call: there is nothing before to compare it with.
    costWhileRunning: cells.some(({ cell }) => cell.pace === 'time') ? null : costOf(cells),
    afterIdle: afterIdle(cells, wanted[0] ?? ''),
    threads: at('threads.total', 'running.threads'),
    processes: at('count.processes', 'running.processes'),
    roles: Object.fromEntries(
      [...roles].map((role) => [role, at(`processes.${role}`, `running.processes.${role}`)]),
    ),
  };
}

const roleIn = (id: string): string[] => {
  const role = /^(?:running\.)?processes\.(.+)$/.exec(id)?.[1];
  return role === undefined ? [] : [role];
};

function leftBehind(cells: readonly CellAnalysis[], id: string): LeftBehind | null {
  const all = cells.flatMap((cell) => find(cell, id) ?? []);
  const [first] = all;
  if (first === undefined) return null;
  const spread = betweenRuns(all.map(({ trend }) => trend.slopePerCycle));
  const { slopePerCycle: value, intervalLow: low, intervalHigh: high } = first.trend;
  const state = all.every(isGrowing) ? 'grows' : all.every(isSettled) ? 'settled' : 'open';
  const { title, unit } = first;
  return { metric: id, title, unit, state, ...(toEstimate(spread) ?? { value, low, high }) };
}

function toEstimate(spread: ReturnType<typeof betweenRuns>): Estimate | null {
  if (spread === null) return null;
  const half = reach(spread, 0.975);
  return { value: spread.mean, low: spread.mean - half, high: spread.mean + half };
}

/** The middle of all cycles: the first ones still load what stays. */
function costOf(cells: readonly CellAnalysis[]): Estimate | null {
  const runs = cells.flatMap((cell) => find(cell, 'running.cost')?.series.values ?? []);
  const each = cells.flatMap((cell) => find(cell, 'running.cost') ?? []);
  if (runs.length === 0) return null;
  const spread = betweenRuns(each.map(({ series }) => middle(series.values)));
  return toEstimate(spread) ?? medianOf(runs);
}

/** Order statistics that hold the median with 95 %, whatever the distribution (W. R. Thompson 1936). */
function medianOf(values: readonly number[]): Estimate {
  const sorted = values.toSorted((a, b) => a - b);
  const n = sorted.length;
  const rank = Math.max(0, Math.floor(n / 2 - 0.98 * Math.sqrt(n)) - 1);
  const value = middle(sorted);
  return { value, low: sorted[rank] ?? value, high: sorted[n - 1 - rank] ?? value };
}

/** The last value at rest, and what a usual cycle has more than rest after it: where rest grows, both are of the end. */
function restAndRunning(
  cells: readonly CellAnalysis[],
  { rest, running }: { readonly rest: string; readonly running: string },
): RestAndRunning {
  const last = cells.flatMap((cell) => find(cell, rest)?.series.values.at(-1) ?? []);
  const atRest = last.length === 0 ? null : middle(last);
  const more = cells.flatMap((cell) => {
    const seen = find(cell, running)?.series;
    const levels = find(cell, rest)?.series;
    const at = new Map(levels?.cycles.map((cycle, i) => [cycle, levels.values[i] ?? 0]));
    return (seen?.values ?? []).map((value, i) => value - (at.get(seen?.cycles[i] ?? 0) ?? 0));
  });
  return { atRest, running: more.length === 0 ? null : Math.round((atRest ?? 0) + middle(more)) };
}

function afterIdle(cells: readonly CellAnalysis[], id: string): ExecutorRow['afterIdle'] {
  const tails = cells.flatMap(({ idleTails }) => idleTails.filter(({ kind }) => kind === 'left'));
  if (tails.length === 0) return null;
  return {
    seconds: middle(tails.map(({ seconds }) => seconds)),
    change: middle(tails.map(({ change }) => change[id] ?? 0)),
  };
}
