import type { CellDisplay, DisplaySeries } from '../contracts/display.ts';
import type { MetricAnalysis } from '../contracts/result.ts';
import { middle } from './plain-trend.ts';
import { thinSeries, withoutFlats } from './thin-series.ts';

const mostPoints = 400;
const fewestPoints = 60;
/** About 12 bytes each: with these 40 cells of 20 metrics stay under 5 MB, tables and all. */
const mostPointsOfRun = 200_000;

/** Points that each series may have in a run that draws so many. */
export function pointsPerSeries(series: number): number {
  const share = Math.floor(mostPointsOfRun / Math.max(1, series));
  return Math.max(fewestPoints, Math.min(mostPoints, share));
}

const DRAWN_ANYWAY: readonly MetricAnalysis['role'][] = [
  'live',
  'pinned',
  'trimmable',
  'anonymous',
  'unexplained',
];

/** Everything that is judged, and everything that says where memory is; the rest is told by its ends. */
export function isDrawn({ role, check, series }: MetricAnalysis): boolean {
  return series.values.length > 0 && (check !== 'off' || DRAWN_ANYWAY.includes(role));
}

/** The series that charts are drawn from, by metric. */
export function displayMetrics(
  metrics: readonly MetricAnalysis[],
  most: number,
): CellDisplay['metrics'] {
  return Object.fromEntries(
    metrics.filter(isDrawn).map((metric) => [metric.id, displaySeries(metric, most)]),
  );
}

function displaySeries(metric: MetricAnalysis, most: number): DisplaySeries {
  const { cycles, values } = withoutFlats(thinSeries(metric.series, most));
  return { cycles, values, fitAtCentre: fitAtCentre(metric) };
}

/** Beyond it the judge means "not bounded". */
const unbounded = 1e300;

/** Half of the values above the line, half below: the intercept that goes with a Theil-Sen slope. */
function fitAtCentre({ series, trend, cyclesPerMinute = 1 }: MetricAnalysis): number | null {
  const { window, intervalLow, intervalHigh } = trend;
  const slope = trend.slopePerCycle / cyclesPerMinute;
  if (!(Math.abs(intervalLow) < unbounded && Math.abs(intervalHigh) < unbounded)) return null;
  const centre = (window.from + window.to) / 2;
  const heights = series.cycles.flatMap((cycle, i) => {
    const value = series.values[i];
    if (value === undefined || cycle < window.from || cycle > window.to) return [];
    return [value - slope * (cycle - centre)];
  });
  return heights.length < 2 ? null : middle(heights);
}
