import { threadIds } from '../lib/proc.ts';
import { isPrivateAnonymous, type Mapping } from './maps.ts';
import { isAboveThreadGuard } from './thread-stacks.ts';

/** glibc keeps this much of the stacks of threads that have ended (`stack_cache_maxsize` in nptl/nptl-stack.c). */
const KEPT_BYTES = 40 * 1024 * 1024;

interface Threads {
  readonly pointers: readonly number[];
  readonly defaultBytes: number | null;
}

/**
 * Stacks of the default size that no thread stands on, more than glibc keeps for later: those of threads that have ended
 * and that nobody joined. Each holds some KiB of memory and 8 MiB of address space for ever.
 */
export function countEndedStacks(
  pid: number,
  mappings: readonly Mapping[],
  { pointers, defaultBytes: size }: Threads,
): number {
  if (size === null) return 0;
  const stacks = mappings.filter(
    (mapping, i) =>
      mapping.end - mapping.start === size &&
      isPrivateAnonymous(mapping) &&
      isAboveThreadGuard(mappings, i),
  );
  if (stacks.length <= KEPT_BYTES / size) return 0;
  const used = stacks.filter(({ start, end }) => pointers.some((at) => at >= start && at < end));
  // A thread that runs does not say where: it may stand on any of them.
  const hidden = threadIds(pid).length - pointers.length;
  return Math.max(0, Math.floor(stacks.length - used.length - hidden - KEPT_BYTES / size));
}
