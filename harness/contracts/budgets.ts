import type { Budget } from './plan.ts';

const KiB = 1024;

/** A call in progress holds buffers that breathe: so many bytes a minute are 720 MiB a day, and show within minutes. */
const OF_A_CALL: Pick<Budget, 'maxPerCycle' | 'reason'> = {
  maxPerCycle: 512 * KiB,
  reason: 'buffers of a call that goes on breathe; one that nobody reads grows by MiB a minute',
};
const PER_MINUTE: Readonly<Record<string, Partial<Budget>>> = {
  'native.live': OF_A_CALL,
  'managed.live': OF_A_CALL,
  'count.python-blocks': {
    maxPerCycle: 5000,
    reason: 'a call that is read moves by hundreds, a queue of 100 frames a second by 50,000',
  },
  'native.pinned': { maxPerCycle: 1024 * KiB },
  'native.trimmable': { maxPerCycle: 1024 * KiB },
  'memory.anonymous': { maxPerCycle: 1024 * KiB },
};

/**
 * What a cycle may add before it is said, where the config says nothing. `off` is never gated; its number still tells
 * growth worth a name from creep. Totals (`threads.total`) are judged by the budget of their family.
 */
export const DEFAULT_BUDGETS: readonly Budget[] = [
  {
    metric: 'native.live',
    level: 'error',
    maxPerCycle: 16 * KiB,
    reason: 'caches and logs of a healthy client creep by a few KiB',
  },
  {
    metric: 'managed.live',
    level: 'error',
    maxPerCycle: 16 * KiB,
    reason: 'a V8 heap after collection moves by 2 to 39 KiB at rest',
  },
  {
    metric: 'managed.oilpan',
    level: 'error',
    maxPerCycle: 16 * KiB,
    reason: "a page's DOM and media objects, collected before each sample",
  },
  { metric: 'threads.*', level: 'error', maxPerCycle: 0, reason: 'a round trip ends its threads' },
  { metric: 'fds.*', level: 'error', maxPerCycle: 0, reason: 'a round trip closes what it opens' },
  { metric: 'count.*', level: 'error', maxPerCycle: 0, reason: 'a round trip drops its objects' },
  {
    metric: 'count.python-blocks',
    level: 'error',
    maxPerCycle: 100,
    reason:
      'a healthy agent worker creeps by 8 to 10 blocks per job; one that keeps its jobs by 300',
  },
  {
    metric: 'native.pinned',
    level: 'warn',
    maxPerCycle: 64 * KiB,
    reason: 'fragmentation is the allocator at work, worth knowing',
  },
  {
    metric: 'native.trimmable',
    level: 'off',
    maxPerCycle: 64 * KiB,
    reason: 'free pages that a trim would return are no defect of the program',
  },
  {
    metric: 'memory.anonymous',
    level: 'warn',
    maxPerCycle: 64 * KiB,
    reason: 'gates only where no live bytes can be read',
  },
];

/** The same for a minute of a call that is held. */
export const BUDGETS_PER_MINUTE: readonly Budget[] = DEFAULT_BUDGETS.map((budget) => ({
  ...budget,
  per: 'minute',
  ...PER_MINUTE[budget.metric],
}));
