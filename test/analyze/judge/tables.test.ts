import { describe, expect, it } from 'vitest';
import { allFamilies } from '../../bench/judges/generators.ts';
import { measure, twoErrors } from '../../bench/judges/measure.ts';
import { batchRule, tidemark } from '../../bench/judges/rivals.ts';
import { family } from './bounds.ts';

/** A reduced bench: the full one is `test/bench/judges/main.ts`. Bounds leave two standard errors of the repetitions. */
const repetitions = 60;
const sizes = [20, 50, 100, 200] as const;
const most = 0.03 + twoErrors(0.03, repetitions);

const nulls = allFamilies.filter(({ truth }) => truth === 'null');
const cases = nulls.flatMap((one) => [false, true].map((redraw) => ({ id: one.id, one, redraw })));

describe('bounded series are not called growing', () => {
  it.each(cases)('$id (redrawn: $redraw)', ({ one, redraw }) => {
    const alarms = sizes.map((points) => {
      const trial = {
        family: one,
        points,
        repetitions: points === 200 ? 30 : repetitions,
        redraw,
        seed: 11,
      };
      return measure(trial, [tidemark])[0]?.growing ?? 1;
    });
    const pooled = (alarms[0]! * 2 + alarms[1]! * 2 + alarms[2]! * 2 + alarms[3]!) / 7;
    expect(pooled).toBeLessThanOrEqual(0.03 + twoErrors(0.03, 3.5 * repetitions));
    expect(Math.max(...alarms.slice(0, 3))).toBeLessThanOrEqual(most + 0.02);
  });
});
