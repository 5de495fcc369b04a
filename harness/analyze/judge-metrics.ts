import type { SampleBody } from '../contracts/ledger.ts';
import { describeMetric, type MetricInfo, type MetricRole } from '../contracts/measurement.ts';
import type { Budget, RunPlan } from '../contracts/plan.ts';
import type { MetricAnalysis } from '../contracts/result.ts';
import type { JudgeOptions, SeriesPoints, Trend } from '../contracts/trend.ts';
import { settleAtBase } from './back-at-base.ts';
import { budgetFor } from './budget-for.ts';
import { type Collected, readCount } from './collect-series.ts';
import { judgeSeries, limitOf } from './judge/judge-series.ts';
import { growthThatHolds } from './many-metrics.ts';
import { type CallTime, overTime, perMinuteOf } from './per-minute.ts';
import { plainTrend } from './plain-trend.ts';

const alphaOfOne = 0.01;
const steadyAlphaOfOne = 0.05;
/** A run that goes on until it is decided looks at most this often: each look spends its share of the error. */
const looksUntilDecided = 4;

interface Judged extends MetricInfo {
  readonly cyclesPerMinute?: number;
  readonly series: SeriesPoints;
  readonly missing: number;
  readonly budget: Budget | null;
  readonly trend: Trend;
  readonly isJudged: boolean;
}

type JudgedPlan = Pick<RunPlan, 'budgets' | 'settings'> & Partial<Pick<RunPlan, 'machine'>>;

/** Every metric of a cell with its trend, corrected for having looked at many, against its budget. */
export function judgeMetrics(
  collected: readonly Collected[],
  plan: JudgedPlan,
  { call = null, tail = null }: Around = {},
): MetricAnalysis[] {
  const readsLive = readsNativeLive(collected);
  const share = plan.settings.untilDecided ? 1 / looksUntilDecided : 1;
  const judged = growthThatHolds(
    collected.map((metric) => judge(metric, plan, { share, call, tail })),
    share,
  );
  return judged.map(({ isJudged, ...metric }) => ({
    ...metric,
    check: isJudged ? checkOf(metric, readsLive) : 'off',
  }));
}

/** True when at least half of the samples tell the native live bytes: below that they witness nothing. */
export function readsNativeLive(metrics: readonly Collected[]): boolean {
  return metrics.some(
    ({ id, series, missing }) =>
      describeMetric(id).role === 'live' &&
      !id.startsWith('managed.') &&
      series.values.length > 0 &&
      series.values.length >= missing,
  );
}

/** What stands around the series of a cell. */
interface Around {
  /** Of a call that is held. */
  readonly call?: CallTime | null;
  /** The last sample of the idle tail. */
  readonly tail?: SampleBody | null;
}

interface Judging extends Required<Around> {
  readonly share: number;
}

function judge(
  { id, series, missing }: Collected,
  { budgets, machine }: JudgedPlan,
  { share, call, tail }: Judging,
): Judged {
  const info = { ...describeMetric(id), role: roleOf(id) };
  // The remainder has no budget of its own: it may grow by what anonymous memory may.
  const source = info.role === 'unexplained' ? 'memory.anonymous' : id;
  const budget = budgetFor(source, budgets, call === null ? 'cycle' : 'minute');
  const points = call === null ? series : overTime(series, call);
  const isJudged = budget !== null && info.unit !== 'ms';
  const trend = isJudged
    ? trendOf(points, budget.maxPerCycle / (call?.cyclesPerMinute ?? 1), {
        kind: info.unit === 'count' ? 'count' : 'bytes',
        ...errorsAllowed(budget, share),
        afterIdle: tail === null ? null : readCount(tail, id),
        idleNoise: machine?.idleNoise?.deviations[id] ?? 0,
      })
    : plainTrend(points);
  const judged = { ...info, series, missing, budget, isJudged };
  if (call === null) return { ...judged, trend };
  const { cyclesPerMinute } = call;
  return { ...judged, cyclesPerMinute, trend: perMinuteOf(trend, call) };
}

/** A budget can ask for more or less certainty to pass; a breach is never less certain than by default. */
function errorsAllowed({ confidence }: Budget, share: number) {
  const wanted = confidence === undefined ? steadyAlphaOfOne : 1 - confidence;
  return { alpha: Math.min(alphaOfOne, wanted) * share, steadyAlpha: wanted * share };
}

function trendOf(
  series: SeriesPoints,
  budgetPerCycle: number,
  {
    afterIdle,
    ...options
  }: Omit<JudgeOptions, 'budgetPerCycle'> & { readonly afterIdle: number | null },
): Trend {
  const trend = judgeSeries(series, { ...options, budgetPerCycle });
  return options.kind === 'count' ? settleAtBase(series, trend, afterIdle) : trend;
}

/** A total is for information, but names made up per thread or object show nowhere else: it is judged like a kind. */
function roleOf(id: string): MetricRole {
  const { role, unit } = describeMetric(id);
  return role === 'info' && unit === 'count' && id.endsWith('.total') ? 'count' : role;
}

/** How a judged metric stands against its budget. */
export function checkOf(
  metric: Limited & Pick<MetricAnalysis, 'role' | 'trend'>,
  readsLive: boolean,
): MetricAnalysis['check'] {
  const { role, budget, trend } = metric;
  if (budget === null || budget.level === 'off' || role === 'unexplained') return 'off';
  // With live bytes at hand residency gates nothing: it cannot tell a leak from slack.
  if (role === 'anonymous' && readsLive) return 'off';
  if (trend.shape === 'growing') return budget.level === 'error' ? 'fail' : 'warn';
  return isWithin(trend, limitFor(metric)) ? 'pass' : 'inconclusive';
}

/** A series that bends passes when what it still does at its end is within the budget. */
function isWithin(trend: Trend, limit: number): boolean {
  switch (trend.shape) {
    case 'steady':
    case 'warm-up':
      return true;
    case 'decelerating':
    case 'stepped':
      return endsWithin(trend, limit);
    default:
      return false;
  }
}

/** A slope that surely falls beside an end that rises by more than it may is no answer: the fit failed. */
export function endsWithin({ intervalHigh, endSlopePerCycle }: Trend, limit: number): boolean {
  return endSlopePerCycle <= limit || (intervalHigh <= limit && intervalHigh >= 0);
}

/** What growth is measured against: the budget, for counts at least one in twenty cycles. */
export function limitFor({ budget, unit, cyclesPerMinute = 1 }: Limited): number {
  const perCycle = limitOf({
    budgetPerCycle: (budget?.maxPerCycle ?? 0) / cyclesPerMinute,
    kind: unit === 'count' ? 'count' : 'bytes',
  });
  return perCycle * cyclesPerMinute;
}

type Limited = Pick<MetricAnalysis, 'budget' | 'unit' | 'cyclesPerMinute'>;
