import { expect, test } from 'vitest';
import { judgeSeries } from '../../harness/analyze/judge/judge-series.ts';
import { perMinuteOf } from '../../harness/analyze/per-minute.ts';
import { source } from './build-ledger.ts';

test('every slope of a call that is held is told per minute', () => {
  const { normal } = source(3);
  const cycles = Array.from({ length: 40 }, (_, at) => at + 1);
  const values = cycles.map((k) => 1e6 + 500 * k + 4000 * normal());
  const trend = judgeSeries({ cycles, values }, { budgetPerCycle: 500 });
  const call = { cyclesPerMinute: 12, atOf: new Map(cycles.map((k) => [k, k])) };
  const told = perMinuteOf(trend, call);
  const { slope = Number.NaN, error = Number.NaN } = trend.straight ?? {};
  expect(told.straight).toEqual({ slope: 12 * slope, error: 12 * error });
  expect(told.slopePerCycle).toBe(12 * trend.slopePerCycle);
  expect(told.intervalHigh).toBe(12 * trend.intervalHigh);
});
