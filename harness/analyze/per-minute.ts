import type { SampleBody } from '../contracts/ledger.ts';
import type { CellPlan } from '../contracts/plan.ts';
import type { Trend } from '../contracts/trend.ts';

const msOfMinute = 60_000;

/**
 * How many cycles were a minute in a call that is held, where a cycle is a slice of it; null for cycles that end.
 * The judge reads slices, which are evenly spaced as it wants them; what it says is then told per minute.
 */
export function cyclesPerMinuteOf(
  { pace }: CellPlan,
  samples: readonly SampleBody[],
): number | null {
  const [first, last] = [samples[0], samples.at(-1)];
  if (pace !== 'time' || first === undefined || last === undefined) return null;
  const minutes = (last.atMs - first.atMs) / msOfMinute;
  return minutes > 0 ? (last.cycle - first.cycle) / minutes : null;
}

/** Slopes per minute; what counts cycles stays as it is. */
export function perMinuteOf(trend: Trend, cyclesPerMinute: number): Trend {
  const scaled = (slope: number): number =>
    Math.abs(slope) === Number.MAX_VALUE ? slope : slope * cyclesPerMinute;
  return {
    ...trend,
    slopePerCycle: scaled(trend.slopePerCycle),
    intervalLow: scaled(trend.intervalLow),
    intervalHigh: scaled(trend.intervalHigh),
    endSlopePerCycle: scaled(trend.endSlopePerCycle),
    minimumDetectableSlope:
      trend.minimumDetectableSlope === null ? null : scaled(trend.minimumDetectableSlope),
    reason: `${trend.reason} (a cycle is a slice of the call, ${Math.round(cyclesPerMinute)} a minute)`,
  };
}
