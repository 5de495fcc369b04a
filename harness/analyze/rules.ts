import type { ClassificationKind } from '../contracts/result.ts';
import { markdownTable } from '../lib/table.ts';
import * as calm from './rules/calm.ts';
import type { Finding } from './rules/finding.ts';
import * as growth from './rules/growth.ts';
import * as remainder from './rules/remainder.ts';
import * as swap from './rules/swap.ts';
import type { Scene } from './scene.ts';

export interface Rule {
  readonly id: string;
  /** When it applies. */
  readonly when: string;
  /** The evidence it needs. */
  readonly needs: string;
  /** What it says, figures left out. */
  readonly says: string;
  readonly classification: ClassificationKind;
  readonly find: (scene: Scene) => Finding | null;
}

const LIVE = 'live bytes (native or managed) of this cell';
const BLIND = 'anonymous memory; native live bytes cannot be read';

/**
 * How a cell is classified: the first rule that applies decides, every other that applies is told as evidence.
 * `docs/rules.md` is this table (`rulesAsMarkdown`); to change a rule is to change a row here.
 */
export const RULES: readonly Rule[] = [
  {
    id: 'nothing-read',
    when: 'no metric has a value',
    needs: 'nothing',
    says: 'no metric could be read',
    classification: 'undecided',
    find: growth.nothingRead,
  },
  {
    id: 'growth-disputed',
    when: 'all growth of live bytes or counts is surely less than half in a repeat, or live bytes under another allocator',
    needs: 'the same metric, settled, in a sibling cell',
    says: 'grows here, but not there',
    classification: 'undecided',
    find: growth.growthIsDisputed,
  },
  {
    id: 'live-and-slack-grow',
    when: 'native live bytes grow, and pinned or trimmable slack grows at least three quarters as fast',
    needs: 'a walk of the heap',
    says: 'both grow; a leak alone pins less than its own size',
    classification: 'mixed',
    find: growth.slackGrowsAsFast,
  },
  {
    id: 'reserve-fills',
    when: 'native live bytes alone grow, by pages of large blocks that were handed out before; no more is handed out',
    needs: 'a walk of the heap and the memory map',
    says: 'a buffer that was reserved once is touched for the first time, and when it is full',
    classification: 'undecided',
    find: remainder.reserveFills,
  },
  {
    id: 'live-grows',
    when: 'live bytes grow over their budget',
    needs: LIVE,
    says: 'live bytes grow by so much over so many cycles',
    classification: 'leak',
    find: growth.liveGrows,
  },
  {
    id: 'count-grows',
    when: 'a kind of thread, descriptor or object grows in number, or their total when no kind does',
    needs: 'the count of this cell',
    says: 'the kind grows by so many over so many cycles',
    classification: 'leak',
    find: growth.countGrows,
  },
  {
    id: 'held-room-grows',
    when: 'live bytes or a count grow by more than their budget per minute while one call is held, or keep rising in a room that is merely held, by over four budgets',
    needs: 'a scenario that holds one call, or an idle tail `joined` of five samples',
    says: 'rises with time, not with cycles: something is queued and not read',
    classification: 'leak',
    find: (scene) => growth.heldCallGrows(scene) ?? growth.idleGrows(scene, 'joined'),
  },
  {
    id: 'idle-grows',
    when: 'live bytes or a count keep rising after the last cycle, by over four budgets',
    needs: 'an idle tail `left` of five samples',
    says: 'rises with time although nothing is done',
    classification: 'leak',
    find: (scene) => growth.idleGrows(scene, 'left'),
  },
  {
    id: 'swap-live-grows-and-more',
    when: 'live bytes grow under a readable allocator, and anonymous memory grows here by surely over twice that, over 100 cycles',
    needs: BLIND,
    says: 'the program leaks, and this allocator adds slack',
    classification: 'mixed',
    find: swap.siblingLiveGrowsAndMore,
  },
  {
    id: 'swap-live-grows',
    when: 'live bytes grow under a readable allocator, and anonymous memory rises here by at least half of that',
    needs: BLIND,
    says: 'the program leaks whatever its allocator',
    classification: 'leak',
    find: swap.siblingLiveGrows,
  },
  {
    id: 'swap-grows-under-all',
    when: 'anonymous memory grows here, and under every other allocator by the same slope, alone or the two together surely over the budget; none of them readable',
    needs: BLIND,
    says: 'allocator swap: the same growth under all',
    classification: 'leak',
    find: swap.growsUnderAll,
  },
  {
    id: 'swap-confirms',
    when: 'native live bytes grow here, and live bytes or anonymous memory under another allocator by half to twice that',
    needs: 'a growing sibling under another allocator',
    says: 'it is not the allocator',
    classification: 'leak',
    find: swap.siblingConfirms,
  },
  {
    id: 'swap-live-missed',
    when: 'live bytes grow under a readable allocator, and anonymous memory rises here by less than half of that',
    needs: BLIND,
    says: 'the witnesses disagree',
    classification: 'undecided',
    find: swap.siblingLiveIsMissed,
  },
  {
    id: 'no-memory-witness',
    when: 'neither native live bytes nor anonymous memory could be read',
    needs: 'nothing',
    says: 'native memory was not seen',
    classification: 'undecided',
    find: growth.noMemoryWitness,
  },
  {
    id: 'witness-open',
    when: 'live bytes or a count that gates cannot be told from its budget',
    needs: 'a budget of level `error`',
    says: 'the interval straddles the budget, and how many cycles would decide',
    classification: 'undecided',
    find: calm.witnessIsOpen,
  },
  {
    id: 'unexplained-grows',
    when: 'anonymous memory less native heap, managed heap and stacks grows over the budget of anonymous memory, or shared memory, or what large blocks hold untouched',
    needs: 'the memory map, for anonymous memory and blocks a walk of the heap',
    says: 'something grows that no probe reads',
    classification: 'undecided',
    find: remainder.unexplainedGrows,
  },
  {
    id: 'unexplained-open',
    when: 'one of these surely rises, most likely by more than that budget, or still does at its end',
    needs: 'a walk of the heap and the memory map',
    says: 'the interval straddles the budget, and how many cycles would decide',
    classification: 'undecided',
    find: remainder.unexplainedIsOpen,
  },
  {
    id: 'pinned-grows',
    when: 'live bytes are settled, pinned slack grows over its budget',
    needs: 'a walk of the heap',
    says: 'fragmentation: free bytes on pages that cannot be returned',
    classification: 'fragmentation',
    find: (scene) => calm.slackGrows(scene, 'pinned'),
  },
  {
    id: 'trimmable-grows',
    when: 'live bytes are settled, trimmable slack grows over its budget',
    needs: 'a walk of the heap',
    says: 'retention: free pages that a trim would return',
    classification: 'retention',
    find: (scene) => calm.slackGrows(scene, 'trimmable'),
  },
  {
    id: 'residency-grows',
    when: 'live bytes are settled, anonymous memory grows over its budget, and the probes explain all of it',
    needs: 'a walk of the heap and the memory map',
    says: 'retention: it is resident and not live',
    classification: 'retention',
    find: calm.residencyGrows,
  },
  {
    id: 'swap-fragments',
    when: 'live bytes are settled under a readable allocator where pinned slack grows, and anonymous memory rises here',
    needs: BLIND,
    says: 'allocator swap: what rises is slack, and it is pinned elsewhere',
    classification: 'fragmentation',
    find: (scene) => swap.slackHere(scene, 'fragmentation'),
  },
  {
    id: 'swap-retains',
    when: 'live bytes are settled under a readable allocator, and anonymous memory rises here',
    needs: BLIND,
    says: 'allocator swap: what rises is slack',
    classification: 'retention',
    find: (scene) => swap.slackHere(scene, 'retention'),
  },
  {
    id: 'swap-gone',
    when: 'anonymous memory grows here and by less than half under another allocator, none of them readable',
    needs: BLIND,
    says: 'allocator swap: the growth is gone under another allocator',
    classification: 'retention',
    find: swap.goneUnderAnother,
  },
  {
    id: 'blind-growth',
    when: 'anonymous memory grows here, and no sibling tells whether it is live',
    needs: BLIND,
    says: 'a leak or slack, and that glibc would decide',
    classification: 'undecided',
    find: swap.blindGrowth,
  },
  {
    id: 'swap-calm',
    when: 'live bytes are settled under a readable allocator, anonymous memory here is too noisy to judge and shows no rise',
    needs: BLIND,
    says: 'no live bytes grow, and nothing rises here',
    classification: 'steady',
    find: swap.calmHere,
  },
  {
    id: 'blind-open',
    when: 'anonymous memory cannot be told from its budget, and no readable sibling is settled',
    needs: BLIND,
    says: 'the interval straddles the budget, and how many cycles would decide',
    classification: 'undecided',
    find: swap.blindAndOpen,
  },
  {
    id: 'bends',
    when: 'nothing grows; live bytes, a count, or slack or anonymous memory that gates rose at first, rises ever more slowly, or stepped, by more than one cycle may add',
    needs: 'a series that bends',
    says: 'from which cycle it is steady, what it still does at its end, or that its steps may go on',
    classification: 'warm-up',
    find: calm.bends,
  },
  {
    id: 'steady',
    when: 'nothing grows; live bytes and counts (without live bytes: anonymous memory) are settled',
    needs: LIVE,
    says: 'creep under the budget, or the smallest growth that would have shown',
    classification: 'steady',
    find: calm.staysFlat,
  },
  {
    id: 'otherwise',
    when: 'no rule above applies',
    needs: 'nothing',
    says: 'the witnesses do not add up',
    classification: 'undecided',
    find: () => ({
      says: 'the witnesses do not add up: see the metrics one by one',
      wouldDecide: 'more cycles, or a repeat',
    }),
  },
];

/** The table as it stands in `docs/rules.md`. */
export function rulesAsMarkdown(): string {
  const header = ['rule', 'when', 'evidence it needs', 'what it says', 'classification'];
  const rows = RULES.map(({ id, when, needs, says, classification }) => [
    `\`${id}\``,
    when,
    needs,
    says,
    classification,
  ]);
  return [
    '# How a cell is classified',
    '',
    'The first rule that applies decides; every other that applies is told as evidence. Growing, settled and budget are',
    'meant as the series judge says them: settled is what is steady, has warmed up, or bends and is within its budget at',
    'the end, which steps that may go on are not ([budgets](budgets.md)). A cell whose live bytes or counts bend and are',
    'not within is `warm-up` and inconclusive. This page is made from `harness/analyze/rules.ts`.',
    '',
    markdownTable(header, rows),
    '',
  ].join('\n');
}
