import type { Unit } from '../harness/contracts/measurement.ts';
import type { CellAnalysis, MetricAnalysis } from '../harness/contracts/result.ts';
import type { SeriesPoints } from '../harness/contracts/trend.ts';
import { scaleFor } from '../harness/lib/format.ts';

/** What the script in the page draws one chart from. Short names: there are hundreds of these. */
export interface ChartData {
  /** Cycles, or seconds. */
  readonly c: readonly number[];
  /** Values, in the metric's unit. */
  readonly v: readonly number[];
  /** What a value is divided by, and the name of that unit. */
  readonly size: number;
  readonly unit: string;
  readonly x: 'cycle' | 'second';
  readonly from: number;
  readonly to: number;
  /** The value of the fit in the middle of its window, and its slope with the interval; null without a fit. */
  readonly fit: readonly [at: number, slope: number, low: number, high: number] | null;
  /** Growth that the budget allows, per cycle. */
  readonly budget: number | null;
  /** The least height that is drawn, in the metric's unit: noise must not fill a chart. */
  readonly least: number;
  /** Looks beside the samples at rest. */
  readonly marks: readonly (readonly [cycle: number, value: number, name: string])[];
}

/** Where the memory is, stacked: KiB, each list as long as `c`. */
export interface StackData {
  readonly c: readonly number[];
  readonly resident: readonly number[];
  readonly parts: readonly {
    readonly name: string;
    readonly className: string;
    readonly v: readonly number[];
  }[];
}

/** Everything that the script of the page draws. */
export interface PageData {
  readonly charts: ChartData[];
  readonly stacks: StackData[];
}

/** One metric over the cycles, as the analysis thinned it. */
export function chartData({ display }: CellAnalysis, metric: MetricAnalysis): ChartData {
  const { trend, unit, budget, cyclesPerMinute = 1 } = metric;
  const budgetPerCycle = (budget?.maxPerCycle ?? 0) / cyclesPerMinute;
  const { cycles } = metric.series;
  const span = trend.window.to - (cycles[0] ?? 0);
  const series = display.metrics[metric.id] ?? { cycles: [], values: [], fitAtCentre: null };
  const { slopePerCycle, intervalLow, intervalHigh } = trend;
  const per = (slope: number): number => short(slope / cyclesPerMinute);
  const at = series.fitAtCentre;
  const last = new Map(display.checkpoints.map((look) => [look.name, look]));
  // What the series itself is made of.
  last.delete(metric.cyclesPerMinute === undefined ? 'left+gc' : 'joined');
  return {
    ...axisOf(series, unit),
    x: 'cycle',
    from: trend.window.from,
    to: trend.window.to,
    fit: at === null ? null : [short(at), per(slopePerCycle), per(intervalLow), per(intervalHigh)],
    budget: budget === null ? null : budgetPerCycle,
    least: (budgetPerCycle * span) / 4,
    marks: [...last.values()].flatMap(({ name, cycle, values }) => {
      const value = values[metric.id];
      return value === undefined ? [] : [[cycle, value, name] as const];
    }),
  };
}

/** One metric over an idle tail: nothing is fitted, only drawn; what one cycle may add is a tenth of its height. */
export function tailData(series: SeriesPoints, { unit, budget }: MetricAnalysis): ChartData {
  const [from = 0, to = 0] = [series.cycles[0], series.cycles.at(-1)];
  const least = 10 * (budget?.maxPerCycle ?? 0);
  const axis = axisOf(series, unit);
  return { ...axis, x: 'second', from, to, fit: null, budget: null, least, marks: [] };
}

function axisOf({ cycles, values }: SeriesPoints, unit: Unit) {
  const scale = scaleFor(Math.max(0, ...values.map(Math.abs)), unit);
  return { c: cycles, v: values, size: scale.size, unit: scale.name };
}

const short = (number: number): number => Number(number.toPrecision(6));
