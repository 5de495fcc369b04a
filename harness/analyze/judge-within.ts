import type { Ceiling, CeilingCheck } from '../contracts/gate.ts';
import type { Budget } from '../contracts/plan.ts';
import type { CellAnalysis, MetricAnalysis, RunResult } from '../contracts/result.ts';
import { checkCeilings } from './check-ceilings.ts';
import { checkOf, judgeMetrics, readsNativeLive } from './judge-metrics.ts';
import type { CallTime } from './per-minute.ts';
import { bend, calm, growth, open } from './sentences.ts';
import { widenByRepeats } from './widen-by-repeats.ts';

/** How one metric of a cell stands against a budget it was asked about. */
export interface WithinFinding {
  /** `over` and `open` are both not within: what cannot be told has not been shown. */
  readonly state: 'within' | 'over' | 'open';
  readonly metric: MetricAnalysis;
  readonly says: string;
  /** Open only: how many cycles in all would decide; null where no number can be given. */
  readonly cyclesToDecide: number | null;
}

export interface CellWithin {
  readonly cell: CellAnalysis;
  readonly findings: readonly WithinFinding[];
  readonly ceilings: readonly CeilingCheck[];
  /** Budgets that nothing could be held against, one line each. */
  readonly unread: readonly string[];
}

/**
 * Judges the series of a result again under other budgets, all of level `error`: the same judge, the same correction for
 * many metrics, the same widening by repeats as in the run itself. Pure.
 */
export function judgeWithin(
  result: RunResult,
  {
    budgets,
    ceilings,
  }: { readonly budgets: readonly Budget[]; readonly ceilings: readonly Ceiling[] },
): CellWithin[] {
  const views = widenByRepeats(
    result.cells.map(({ cell, metrics, idleTails, cyclesDone }) => ({
      cell,
      metrics: judgeMetrics(
        metrics.filter(isRead),
        { budgets, settings: result.plan.settings, machine: result.plan.machine },
        { call: callIn(metrics), tail: tailIn({ metrics, idleTails }) },
      ),
      readsLive: readsNativeLive(metrics),
      idleTails,
      samples: cyclesDone,
    })),
  );
  return result.cells.map((cell, i) => {
    const asked = (views[i]?.metrics ?? []).filter(
      ({ budget }) => budget !== null && budgets.includes(budget),
    );
    const judged = asked.filter(({ role }) => role !== 'unexplained');
    return {
      cell,
      findings: judged.map(findingOf),
      ceilings: checkCeilings(cell.metrics, ceilings),
      unread: budgets
        .filter((budget) => !judged.some((metric) => metric.budget === budget))
        .map((budget) => unreadText(budget, cell)),
    };
  });
}

const cyclesPerMinuteIn = (metrics: readonly MetricAnalysis[]): number | null =>
  metrics.find(({ cyclesPerMinute }) => cyclesPerMinute !== undefined)?.cyclesPerMinute ?? null;

/** A result does not have the time of each slice: they are taken as evenly spaced. */
function callIn(metrics: readonly MetricAnalysis[]): CallTime | null {
  const cyclesPerMinute = cyclesPerMinuteIn(metrics);
  return cyclesPerMinute === null ? null : { cyclesPerMinute, atOf: new Map() };
}

/** Counts at the end of the idle tail, from what they were after the last cycle and what changed since. */
function tailIn({ metrics, idleTails }: Pick<CellAnalysis, 'metrics' | 'idleTails'>) {
  const left = idleTails.find(({ kind }) => kind === 'left');
  if (left === undefined) return null;
  const counts = metrics.filter(({ unit, series }) => unit === 'count' && series.values.length > 0);
  const values = Object.fromEntries(
    counts.map(({ id, series }) => [id, (series.values.at(-1) ?? 0) + (left.change[id] ?? 0)]),
  );
  const probes = { counts: { values } };
  return {
    cycle: 0,
    checkpoint: 'left+idle' as const,
    atMs: 0,
    settled: true,
    settleMs: 0,
    probes,
  };
}

const isRead = ({ series }: MetricAnalysis): boolean => series.values.length > 0;

function findingOf(metric: MetricAnalysis): WithinFinding {
  // Whoever names a metric wants it to gate, also where live bytes are the better witness.
  const check = checkOf(metric, false);
  const { trend, missing, series } = metric;
  if (check === 'fail')
    return { state: 'over', metric, says: growth(metric), cyclesToDecide: null };
  if (missing > series.values.length) {
    const samples = missing + series.values.length;
    const says = `${metric.title} could be read in only ${series.values.length} of ${samples} samples`;
    return { state: 'open', metric, says, cyclesToDecide: null };
  }
  const settled = trend.shape === 'steady';
  const undecided = trend.shape === 'undecided';
  const says = settled ? calm(metric) : undecided ? open(metric) : bend(metric);
  return check === 'pass'
    ? { state: 'within', metric, says, cyclesToDecide: null }
    : { state: 'open', metric, says, cyclesToDecide: trend.cyclesToDecide };
}

function unreadText({ metric, per }: Budget, { cell, metrics }: CellAnalysis): string {
  const isHeld = cyclesPerMinuteIn(metrics) !== null;
  if (isHeld !== (per === 'minute')) {
    return isHeld
      ? `${metric}: this call is held, its budget is per minute: write 1MiB/minute`
      : `${metric}: nothing is held here, its budget is per cycle: write 16KiB/cycle`;
  }
  const blind = metric === 'native.live' && metrics.some(({ id }) => id === 'memory.anonymous');
  return blind
    ? `${metric} cannot be read under ${cell.allocator}: run under glibc, or name memory.anonymous`
    : `${metric} was not read in this cell`;
}
