import type { SampleBody } from '../contracts/ledger.ts';
import type { CellPlan } from '../contracts/plan.ts';
import type { SeriesPoints, Trend } from '../contracts/trend.ts';

const msOfMinute = 60_000;

/** When each slice of a call that is held was sampled. */
export interface CallTime {
  readonly cyclesPerMinute: number;
  /** Time of a cycle's sample in slices of the mean length: what a cycle is to the judge. */
  readonly atOf: ReadonlyMap<number, number>;
}

/** Null for cycles that end: there it is their number that counts, however long each takes. */
export function callTimeOf({ pace }: CellPlan, samples: readonly SampleBody[]): CallTime | null {
  const [first, last] = [samples[0], samples.at(-1)];
  if (pace !== 'time' || first === undefined || last === undefined) return null;
  const sliceMs = (last.atMs - first.atMs) / (last.cycle - first.cycle);
  if (!Number.isFinite(sliceMs) || sliceMs <= 0) return null;
  const atOf = new Map(
    samples.map(({ cycle, atMs }) => [cycle, first.cycle + (atMs - first.atMs) / sliceMs]),
  );
  return { cyclesPerMinute: msOfMinute / sliceMs, atOf };
}

/** The series over the time of the call: a busy machine makes some slices longer than others. */
export function overTime({ cycles, values }: SeriesPoints, { atOf }: CallTime): SeriesPoints {
  return { cycles: cycles.map((cycle) => atOf.get(cycle) ?? cycle), values };
}

/** Slopes per minute, and the window in cycles again. */
export function perMinuteOf(trend: Trend, { cyclesPerMinute, atOf }: CallTime): Trend {
  const scaled = (slope: number): number =>
    Math.abs(slope) === Number.MAX_VALUE ? slope : slope * cyclesPerMinute;
  const cycleAt = (at: number): number =>
    [...atOf].find(([, time]) => time >= at)?.[0] ?? Math.round(at);
  const window = { from: cycleAt(trend.window.from), to: cycleAt(trend.window.to) };
  return {
    ...trend,
    slopePerCycle: scaled(trend.slopePerCycle),
    intervalLow: scaled(trend.intervalLow),
    intervalHigh: scaled(trend.intervalHigh),
    endSlopePerCycle: scaled(trend.endSlopePerCycle),
    minimumDetectableSlope:
      trend.minimumDetectableSlope === null ? null : scaled(trend.minimumDetectableSlope),
    ...(trend.straight === undefined
      ? {}
      : { straight: { slope: scaled(trend.straight.slope), error: scaled(trend.straight.error) } }),
    window,
    // In slices of the mean length: the time that growth held for.
    cyclesSeen: Math.round(trend.cyclesSeen),
    reason: `${trend.reason} (A cycle is a slice of the call, ${Math.round(cyclesPerMinute)} a minute.)`,
  };
}
