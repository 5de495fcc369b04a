import type { ExplainLook } from '../contracts/plugins.ts';

const WARM_UP = 20;
const BLOCK = 10;
const BLOCKS = 4;
/** What plateaus in a block of double length was still filling before. */
const CONFIRM = 2 * BLOCK;

export type PlannedLook = Pick<ExplainLook, 'cycle' | 'kind'>;

/** Warm-up, one look to get over with what looking does for good, then blocks of the same length and one of double length. */
export function lookSchedule(): readonly PlannedLook[] {
  const ends = Array.from({ length: BLOCKS + 1 }, (_, block) => WARM_UP + block * BLOCK);
  return [
    { cycle: WARM_UP, kind: 'start' },
    ...ends.map((cycle): PlannedLook => ({ cycle, kind: 'block' })),
    { cycle: (ends.at(-1) ?? WARM_UP) + CONFIRM, kind: 'confirm' },
  ];
}
