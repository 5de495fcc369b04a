import type { MetricAnalysis } from '../harness/contracts/result.ts';
import type { SeriesPoints } from '../harness/contracts/trend.ts';
import { isKnown, scaleFor } from '../harness/lib/format.ts';

/** What the script in the page draws one chart from. Short names: there are hundreds of these. */
export interface ChartData {
  /** Cycles. */
  readonly c: readonly number[];
  /** Values, in the metric's unit. */
  readonly v: readonly number[];
  /** What a value is divided by, and the name of that unit. */
  readonly size: number;
  readonly unit: string;
  readonly from: number;
  readonly to: number;
  /** The value of the fit in the middle of its window, and its slope with the interval; null without a fit. */
  readonly fit: readonly [at: number, slope: number, low: number, high: number] | null;
  /** Growth that the budget allows, per cycle. */
  readonly budget: number | null;
}

const mostPoints = 400;
const fewestPoints = 60;
/** About 12 bytes each: with this many, 40 cells of 20 metrics stay under 5 MB with all their tables. */
const mostPointsOfReport = 200_000;

/** Points a chart may have in a report with so many charts. */
export function pointsPerChart(charts: number): number {
  const share = Math.floor(mostPointsOfReport / Math.max(1, charts));
  return Math.max(fewestPoints, Math.min(mostPoints, share));
}

export function chartData(
  { series, trend, unit, budget, cyclesPerMinute }: MetricAnalysis,
  most: number,
): ChartData {
  const { cycles, values } = withoutFlats(thin(series, most));
  const scale = scaleFor(Math.max(0, ...values.map(Math.abs)), unit);
  return {
    c: cycles,
    v: values,
    size: scale.size,
    unit: scale.name,
    from: trend.window.from,
    to: trend.window.to,
    fit: fitOf(series, trend, cyclesPerMinute),
    budget: budget === null ? null : budget.maxPerCycle / (cyclesPerMinute ?? 1),
  };
}

/** At most so many points: both ends, and of each stretch between them its lowest and its highest. */
export function thin({ cycles, values }: SeriesPoints, most: number): SeriesPoints {
  const count = values.length;
  if (count <= most) return { cycles, values };
  const stretches = (most - 2) >> 1;
  const kept = Array.from({ length: stretches }, (_, i) => {
    const from = 1 + Math.floor((i * (count - 2)) / stretches);
    const to = 1 + Math.floor(((i + 1) * (count - 2)) / stretches);
    return extremes(values, from, to);
  }).flat();
  return pick({ cycles, values }, [0, ...kept, count - 1]);
}

function extremes(values: readonly number[], from: number, to: number): number[] {
  let low = from;
  let high = from;
  for (let i = from; i < to; i += 1) {
    if (value(values, i) < value(values, low)) low = i;
    if (value(values, i) > value(values, high)) high = i;
  }
  if (low === high) return [low];
  return low < high ? [low, high] : [high, low];
}

/** The inner points of a level stretch change nothing in a line. */
function withoutFlats({ cycles, values }: SeriesPoints): SeriesPoints {
  const bends = [...values.keys()].filter(
    (i) => values[i] !== values[i - 1] || values[i] !== values[i + 1],
  );
  return pick({ cycles, values }, bends);
}

function pick({ cycles, values }: SeriesPoints, places: readonly number[]): SeriesPoints {
  return {
    cycles: places.map((i) => value(cycles, i)),
    values: places.map((i) => value(values, i)),
  };
}

const value = (values: readonly number[], i: number): number => values[i] ?? 0;

/**
 * Where the line of the judge's slope lies: half of the values above, half below (the intercept that goes with a
 * Theil-Sen slope). The judge gives the slope alone; height is a matter of drawing.
 */
function fitOf(
  { cycles, values }: SeriesPoints,
  { window, slopePerCycle, intervalLow, intervalHigh }: MetricAnalysis['trend'],
  perMinute = 1,
): ChartData['fit'] {
  const slope = slopePerCycle / perMinute;
  const inside = [...cycles.keys()].filter(
    (i) => value(cycles, i) >= window.from && value(cycles, i) <= window.to,
  );
  if (inside.length < 2 || !isKnown(intervalLow) || !isKnown(intervalHigh)) return null;
  const center = (window.from + window.to) / 2;
  const heights = inside
    .map((i) => value(values, i) - slope * (value(cycles, i) - center))
    .sort((a, b) => a - b);
  const at = value(heights, heights.length >> 1);
  const ends = [intervalLow / perMinute, intervalHigh / perMinute];
  return [at, slope, ...ends].map(short) as unknown as ChartData['fit'];
}

const short = (number: number): number => Number(number.toPrecision(6));
