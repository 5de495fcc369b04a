import type { HeapRange, HeapRefusal, HeapWalk } from '../contracts/native.ts';
import { refusalFromSystem, refusalOf } from './errors.ts';
import { toHeapWalk } from './heap-walk.ts';
import type { TargetReader } from './reader.ts';
import { allDead, noneRan, type ThreadState } from './threads.ts';
import { type HeapSums, walkOnce } from './walk.ts';

/** One try: a walk or a refusal. */
export interface Look {
  readonly walk: HeapWalk | undefined;
  readonly ranges: readonly HeapRange[];
  readonly refusal: HeapRefusal | undefined;
  /** No thread ran during the look. */
  readonly isProven: boolean;
}

export interface LookOptions {
  readonly census: boolean;
  readonly tries: number;
}

function doubtsOf(sums: HeapSums, isProven: boolean, threadCount: number): string[] {
  const { mmapped, mmappedCount, tcaches } = sums;
  return [
    ...(isProven ? [] : ['a thread ran during the walk']),
    ...(sums.isLocked ? ['an arena is locked: one operation of malloc may be half done'] : []),
    ...(mmapped.isComplete
      ? []
      : [
          `${mmapped.chunks.length} of ${mmappedCount} blocks with a mapping of their own were found`,
        ]),
    ...(tcaches.count <= threadCount
      ? []
      : [`${tcaches.count} thread caches were found for ${threadCount} threads`]),
  ];
}

interface Circumstances {
  readonly pid: number;
  /** No thread ran: what contradicts is then damage and not movement. */
  readonly isProven: boolean;
  readonly isGone: boolean;
}

export function refusalFrom(error: unknown, { pid, isProven, isGone }: Circumstances): HeapRefusal {
  if (isGone) return { kind: 'gone', reason: `process ${pid} ended while it was read` };
  const known = refusalOf(error) ?? refusalFromSystem(error, pid);
  if (known === undefined) return { kind: 'inconsistent', reason: `unexpected: ${String(error)}` };
  if (known.kind === 'ambiguous' && !isProven) return { ...known, kind: 'inconsistent' };
  if (known.kind === 'inconsistent' && isProven)
    return { kind: 'corrupt', reason: `the heap is damaged: ${known.reason}` };
  return known;
}

/** A process that ends gives its memory back before it is a zombie. */
function hasEnded(reader: TargetReader, threads: readonly ThreadState[]): boolean {
  if (allDead(threads)) return true;
  try {
    return reader.maps() === '';
  } catch (error) {
    return refusalFromSystem(error, reader.pid)?.kind === 'gone';
  }
}

function endedWhileRead(pid: number): Look {
  const refusal = refusalFrom(undefined, { pid, isProven: false, isGone: true });
  return { walk: undefined, ranges: [], refusal, isProven: false };
}

/** One look, framed by two looks at the threads. Never throws. */
export function look(reader: TargetReader, { census, tries }: LookOptions): Look {
  const before = reader.threads();
  try {
    const sums = walkOnce(reader);
    const after = reader.threads();
    // Blocks that cannot be read are only doubts; all of them are when the process has just ended.
    if (allDead(after)) return endedWhileRead(reader.pid);
    const isProven = noneRan(before, after);
    const doubts = doubtsOf(sums, isProven, after.length);
    const isExact = isProven && sums.mmapped.isComplete && sums.tcaches.count <= after.length;
    const quality = isExact ? 'exact' : 'consistent';
    const walk = toHeapWalk(sums, {
      quality,
      doubts,
      threadCount: after.length,
      stoppedMs: 0,
      tries,
      census,
    });
    return { walk, ranges: sums.ranges, refusal: undefined, isProven };
  } catch (error) {
    const after = reader.threads();
    const isProven = noneRan(before, after);
    const isGone = hasEnded(reader, after);
    const refusal = refusalFrom(error, { pid: reader.pid, isProven, isGone });
    return { walk: undefined, ranges: [], refusal, isProven };
  }
}
