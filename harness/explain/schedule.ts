import { TidemarkError } from '../contracts/errors.ts';
import type { ExplainLook } from '../contracts/explainers.ts';

/** Warm-up, blocks, and one of double length: what plateaus in it was still filling before. */
const WARM_UP = 2;
const BLOCKS = 4;
const CONFIRM = 2;
const PARTS = WARM_UP + BLOCKS + CONFIRM;
/** Fewer than two cycles in a block cannot tell once a block from once a cycle. */
const FEWEST = 2 * PARTS;

export const EXPLAIN_CYCLES = 80;

export type PlannedLook = Pick<ExplainLook, 'cycle' | 'kind'>;

/** Warm-up, one look to get over with what looking does for good, then blocks of the same length and one of double length. */
export function lookSchedule(cycles: number = EXPLAIN_CYCLES): readonly PlannedLook[] {
  const block = Math.floor(cycles / PARTS);
  const warmUp = cycles - block * (BLOCKS + CONFIRM);
  const ends = Array.from({ length: BLOCKS + 1 }, (_, done) => warmUp + done * block);
  return [
    { cycle: warmUp, kind: 'start' },
    ...ends.map((cycle): PlannedLook => ({ cycle, kind: 'block' })),
    { cycle: cycles, kind: 'confirm' },
  ];
}

/** What a person wrote after `--cycles`; throws a usage error. */
export function readExplainCycles(text: string | undefined): number {
  if (text === undefined) return EXPLAIN_CYCLES;
  const cycles = Number(text);
  if (/^\d+$/.test(text) && cycles >= FEWEST && cycles <= 10_000) return cycles;
  throw new TidemarkError('usage', `--cycles ${text}: explain takes ${FEWEST} to 10000 cycles`, {
    hint: `leave it out for ${EXPLAIN_CYCLES}; with fewer, a cache that is still filling can look like a leak`,
  });
}
