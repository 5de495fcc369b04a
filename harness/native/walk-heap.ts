import { setTimeout as delay } from 'node:timers/promises';
import type { HeapRange, HeapReading, HeapRefusal, HeapWalk } from '../contracts/native.ts';
import { refusalFromSystem, refusalOf } from './errors.ts';
import { toHeapWalk } from './heap-walk.ts';
import { whileStopped } from './quiesce.ts';
import { type OpenReader, openReader, type TargetReader } from './reader.ts';
import { startTicksOf } from './start-ticks.ts';
import { allDead, noneRan, type ThreadState } from './threads.ts';
import { type HeapSums, walkOnce } from './walk.ts';

export interface WalkOptions {
  /** Looks at a running target before the best of them is taken. Default 5. */
  readonly tries?: number;
  /** No new try begins after this. Default 2000. */
  readonly budgetMs?: number;
  /** When to stop the target for a look. Default `never`. */
  readonly stop?: 'never' | 'if-inconsistent' | 'always';
  /** Live chunks by size. Default false. */
  readonly census?: boolean;
}

interface Look {
  readonly walk: HeapWalk | undefined;
  readonly ranges: readonly HeapRange[];
  readonly refusal: HeapRefusal | undefined;
  /** No thread ran during the look. */
  readonly isProven: boolean;
}

interface LookOptions {
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

function refusalFrom(error: unknown, { pid, isProven, isGone }: Circumstances): HeapRefusal {
  if (isGone) return { kind: 'gone', reason: `process ${pid} ended while it was read` };
  const known = refusalOf(error) ?? refusalFromSystem(error, pid);
  if (known === undefined) return { kind: 'inconsistent', reason: `unexpected: ${String(error)}` };
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

/** One look, framed by two looks at the threads. Never throws. */
export function look(reader: TargetReader, { census, tries }: LookOptions): Look {
  const before = reader.threads();
  try {
    const sums = walkOnce(reader);
    const after = reader.threads();
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

function isFinal({ walk, refusal }: Look): boolean {
  if (walk !== undefined) return walk.quality === 'exact';
  // A thread that sleeps inside malloc (a page fault, a lock) looks like damage until it goes on.
  return refusal?.kind !== 'inconsistent' && refusal?.kind !== 'corrupt';
}

/** Threads that wake on timers leave gaps of some milliseconds; odd waits avoid keeping step with them. */
const WAITS_MS = [1, 4, 9, 17, 31];

async function lookUntilExact(
  reader: TargetReader,
  options: { readonly tries: number; readonly budgetMs: number; readonly census: boolean },
): Promise<Look> {
  const started = performance.now();
  let best = look(reader, { census: options.census, tries: 1 });
  let lastMs = performance.now() - started;
  for (let tries = 2; tries <= options.tries && !isFinal(best); tries++) {
    if (performance.now() - started + lastMs > options.budgetMs) break;
    await delay(WAITS_MS[(tries - 2) % WAITS_MS.length]);
    const begun = performance.now();
    const next = look(reader, { census: options.census, tries });
    lastMs = performance.now() - begun;
    if (next.walk !== undefined || best.walk === undefined) best = next;
  }
  return best;
}

const STOPS = 5;

/** A thread can be stopped inside malloc: then the arena is locked, or the books disagree; let it go on and stop again. */
async function lookWhileStopped(
  reader: TargetReader,
  census: boolean,
  triesBefore: number,
): Promise<Look> {
  let stoppedMs = 0;
  let best: Look | undefined;
  for (let stop = 1; stop <= STOPS; stop++) {
    const stopped = whileStopped(reader.pid, () =>
      look(reader, { census, tries: triesBefore + stop }),
    );
    stoppedMs += stopped.stoppedMs;
    const { walk } = stopped.value;
    const next: Look =
      walk === undefined ? stopped.value : { ...stopped.value, walk: { ...walk, stoppedMs } };
    if (best === undefined || next.walk !== undefined || best.walk === undefined) best = next;
    if (isFinal(next)) break;
    await delay(1);
  }
  return best as Look;
}

function toReading({ walk, ranges, refusal }: Look): HeapReading {
  if (walk !== undefined) return { state: 'read', walk, ranges };
  return {
    state: 'refused',
    refusal: refusal ?? { kind: 'inconsistent', reason: 'nothing was read' },
  };
}

async function walkWith(reader: OpenReader, options: WalkOptions): Promise<Look> {
  const { tries = 5, budgetMs = 2000, stop = 'never', census = false } = options;
  if (stop === 'always') return lookWhileStopped(reader, census, 0);
  const running = await lookUntilExact(reader, { tries, budgetMs, census });
  if (stop === 'if-inconsistent' && running.walk === undefined && !isFinal(running))
    return lookWhileStopped(reader, census, tries);
  return running;
}

function isSameProcess(pid: number, startTicks: number | undefined): boolean {
  return startTicks !== undefined && startTicksOf(pid) === startTicks;
}

/**
 * glibc's books of another process, read from outside. Nothing is written to it and nothing of ours is in it. Never
 * throws for anything the target is or does: what cannot be read is refused with a reason.
 */
export async function walkHeap(pid: number, options: WalkOptions = {}): Promise<HeapReading> {
  const gone: HeapReading = {
    state: 'refused',
    refusal: { kind: 'gone', reason: `process ${pid} is gone` },
  };
  const startTicks = startTicksOf(pid);
  if (startTicks === undefined) return gone;
  try {
    using reader = openReader(pid);
    const reading = toReading(await walkWith(reader, options));
    return isSameProcess(pid, startTicks) ? reading : gone;
  } catch (error) {
    return {
      state: 'refused',
      refusal: refusalFrom(error, { pid, isProven: false, isGone: false }),
    };
  }
}
