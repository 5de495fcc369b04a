import type { JudgeOptions, Trend } from '../../contracts/trend.ts';
import { formatAmount } from './format-slope.ts';
import type { Readable } from './read-points.ts';

/** Below this no shape is told: of nine healthy routes measured with four cycles, three looked like leaks. */
export const fewestCycles = 15;

export function describeTooFew({ cycles, values }: Readable, options: JudgeOptions): Trend {
  const n = values.length;
  const from = cycles[0] ?? 0;
  const to = cycles[n - 1] ?? from;
  const rise = n > 1 && to > from ? ((values[n - 1] ?? 0) - (values[0] ?? 0)) / (to - from) : 0;
  const counted = `Only ${n} cycles could be read, and nothing is said below ${fewestCycles}.`;
  return {
    shape: 'undecided',
    slopePerCycle: rise,
    intervalLow: -Number.MAX_VALUE,
    intervalHigh: Number.MAX_VALUE,
    minimumDetectableSlope: null,
    cyclesToDecide: fewestCycles,
    window: { from, to },
    endSlopePerCycle: rise,
    noise: 0,
    cyclesSeen: n === 0 ? 0 : to - from + 1,
    pGrowing: 1,
    reason: `${counted}${shrinkingRises(values, options)}`,
  };
}

/** Waves that each add less are what a filling cache looks like; said, though it decides nothing. */
function shrinkingRises(values: Float64Array, options: JudgeOptions): string {
  const rises: number[] = [];
  for (let i = 1; i < values.length; i += 1) {
    const rise = (values[i] ?? 0) - (values[i - 1] ?? 0);
    if (rise > 0) rises.push(rise);
  }
  const shrink = rises.every((rise, i) => i === 0 || rise <= (rises[i - 1] ?? 0));
  const last = rises[rises.length - 1] ?? 0;
  if (rises.length < 3 || !shrink || last > 0.7 * (rises[0] ?? 0)) return '';
  const listed = rises.map((rise) => formatAmount(rise, options)).join(', ');
  return ` So far the rises shrink (${listed}); ${fewestCycles - values.length} more cycles would tell.`;
}
