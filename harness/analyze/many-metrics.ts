import type { MetricRole } from '../contracts/measurement.ts';
import type { SeriesPoints, Trend } from '../contracts/trend.ts';
import { holmSignificant, sharesSignificant } from './judge/many-metrics.ts';
import { normalQuantile } from './judge/numbers.ts';

/**
 * Chance that any metric without growth is called growing, by what its growth would mean. What a leak shows in gets
 * 0.02 in all, half of it for the one or two live bytes: dozens of thread kinds must not blunt the best witness.
 */
const ALPHA: readonly { readonly roles: readonly MetricRole[]; readonly alpha: number }[] = [
  { roles: ['live'], alpha: 0.01 },
  { roles: ['count'], alpha: 0.01 },
  { roles: ['pinned', 'trimmable', 'anonymous', 'unexplained', 'info'], alpha: 0.02 },
];

interface Tested {
  readonly role: MetricRole;
  readonly series: SeriesPoints;
  readonly trend: Trend;
  readonly isJudged: boolean;
  /** What growth is measured against. */
  readonly limit?: number;
}

/** Which p-values are significant, and the bar for one more when so many of all are. */
interface Control {
  readonly significance: (pValues: readonly number[], alpha: number) => readonly boolean[];
  readonly bar: (significant: number, all: number) => number;
}

const noneFalse: Control = {
  significance: holmSignificant,
  bar: (significant, all) => 1 / (all - significant),
};
const fewFalse: Control = {
  significance: sharesSignificant,
  bar: (significant, all) => (significant + 1) / all,
};

/** Keeps the growth that holds although many series of a cell were looked at; `share` of the error is spent here. */
export function growthThatHolds<T extends Tested>(metrics: readonly T[], share = 1): T[] {
  return holding(metrics, noneFalse, share);
}

/**
 * The same for series that stand side by side, as the same program on a hundred machines: one in a hundred of those
 * that grow may do so by chance, and a leak in all of them is not hidden by their number.
 */
export function growthAmongMany<T extends Tested>(series: readonly T[]): T[] {
  return holding(series, fewFalse, 1);
}

function holding<T extends Tested>(metrics: readonly T[], control: Control, share: number): T[] {
  const doubts = new Map<T, Doubt>();
  for (const { roles, alpha } of ALPHA) {
    const looks = metrics.filter(
      // A series that never moved was no look: it cannot be a false alarm.
      ({ role, isJudged, series }) => roles.includes(role) && isJudged && moves(series),
    );
    const pValues = looks.map(({ trend }) => trend.pGrowing);
    const holds = control.significance(pValues, alpha * share);
    const bar = alpha * share * control.bar(holds.filter(Boolean).length, looks.length);
    for (const metric of looks.filter((_, i) => holds[i] !== true))
      doubts.set(metric, { looks: looks.length, bar });
  }
  return metrics.map((metric) => {
    const doubt = doubts.get(metric);
    return doubt === undefined || metric.trend.shape !== 'growing'
      ? metric
      : { ...metric, trend: doubted(metric, doubt) };
  });
}

function moves({ values }: SeriesPoints): boolean {
  return values.some((value) => value !== values[0]);
}

interface Doubt {
  readonly looks: number;
  /** The p-value that would have done. */
  readonly bar: number;
}

/** It grows for certain or not: what is undecided holds its limit inside. */
function doubted({ trend, limit = Infinity }: Tested, doubt: Doubt): Trend {
  const cyclesToDecide = cyclesForMany(trend, doubt);
  return {
    ...trend,
    shape: 'undecided',
    intervalLow: Math.min(trend.intervalLow, limit),
    cyclesToDecide,
    reason: `Looks like growth, but one of ${doubt.looks} series looks so too easily by chance. About ${cyclesToDecide} cycles in all would decide.`,
  };
}

/** How sure a slope is, in standard errors, grows with the cycles to the power 3/2 (see `judge/horizon.ts`). */
function cyclesForMany({ pGrowing, cyclesSeen, window }: Trend, { bar }: Doubt): number {
  const needed = normalQuantile(1 - bar);
  const factor = (needed / normalQuantile(1 - Math.min(pGrowing, 0.1))) ** (2 / 3);
  return Math.ceil(window.to + cyclesSeen * Math.max(0.1, factor - 1));
}
