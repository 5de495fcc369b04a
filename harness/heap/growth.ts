/** One look at the heap: how many there were of what is counted, and when in the program's life it was. */
export interface Moment {
  /** Round trips done by then. */
  readonly cycle: number;
  /** The highest id by then: what has a higher one was born later. V8's ids are odd and ascend. */
  readonly lastId: number;
  /** The block that ends here is the confirm block, of double length. */
  readonly confirms: boolean;
}

/** `growing`: in every block as often as there were cycles. `slow`: in every block, but not in every cycle. `bounded so far`: it grew, and stopped in the confirm block. */
export type GrowthState = 'growing' | 'slow' | 'bounded so far';

export interface Counts {
  /** One per moment. */
  readonly counts: readonly number[];
  /** Of what is there at the last moment: how many were born in the block that ends at each moment. */
  readonly births: readonly number[];
  /** Embedder nodes have even ids and no age. */
  readonly isAgeless: boolean;
}

interface Block {
  readonly cycles: number;
  readonly rise: number;
  readonly births: number;
  readonly confirms: boolean;
}

/**
 * A count that rises by at least one per cycle in every block, and whose births of every block are still there at the
 * end. What was replaced (a ring, a cache that is full) rises in no block, or its births do not survive.
 */
export function judgeGrowth(moments: readonly Moment[], counts: Counts): GrowthState | null {
  const blocks = blocksOf(moments, counts);
  const judged = blocks.filter(({ confirms }) => !confirms);
  const confirm = blocks.find(({ confirms }) => confirms);
  if (judged.length < 2) return null;
  // The newest of a list hangs on another place (`head`) than the rest (`next`).
  const lives = (block: Block, atLeast: number): boolean =>
    block.rise >= atLeast && (counts.isAgeless || block.births >= Math.max(1, atLeast - 1));
  if (judged.every((block) => lives(block, block.cycles))) {
    return confirm === undefined || lives(confirm, confirm.cycles) ? 'growing' : 'bounded so far';
  }
  const slow = blocks.every((block) => lives(block, 1));
  return slow ? 'slow' : null;
}

function blocksOf(moments: readonly Moment[], { counts, births }: Counts): Block[] {
  return moments.slice(1).map((moment, at) => ({
    cycles: moment.cycle - (moments[at]?.cycle ?? 0),
    rise: (counts[at + 1] ?? 0) - (counts[at] ?? 0),
    births: births[at + 1] ?? 0,
    confirms: moment.confirms,
  }));
}

/** Over all blocks, the confirm block too. */
export function perCycle(moments: readonly Moment[], { counts }: Counts): number {
  const cycles = (moments.at(-1)?.cycle ?? 0) - (moments[0]?.cycle ?? 0);
  return cycles === 0 ? 0 : ((counts.at(-1) ?? 0) - (counts[0] ?? 0)) / cycles;
}
