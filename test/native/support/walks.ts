import { setTimeout as delay } from 'node:timers/promises';
import type { HeapRefusal, HeapWalk } from '../../../harness/contracts/native.ts';
import { type WalkOptions, walkHeap } from '../../../harness/native/walk-heap.ts';
import type { Mallinfo } from './targets.ts';

export async function walked(pid: number, options: WalkOptions = {}): Promise<HeapWalk> {
  const reading = await walkHeap(pid, options);
  if (reading.state === 'refused') throw new Error(`refused: ${reading.refusal.reason}`);
  return reading.walk;
}

export async function refused(pid: number, options: WalkOptions = {}): Promise<HeapRefusal> {
  const reading = await walkHeap(pid, options);
  if (reading.state === 'read') throw new Error('was read, but should have been refused');
  return reading.refusal;
}

/** A walk during which no thread ran: on a machine with two busy cores that can take a few tries. */
export async function exactWalk(pid: number, options: WalkOptions = {}): Promise<HeapWalk> {
  for (let tries = 0; tries < 20; tries++) {
    const walk = await walked(pid, { tries: 10, ...options });
    if (walk.quality === 'exact') return walk;
    await delay(50);
  }
  throw new Error('the target never stood still');
}

/** The same six figures, from the books as they were read from outside. */
export function asMallinfo(walk: HeapWalk, ledger: number): Mallinfo {
  return {
    arena: walk.arenaBytes,
    uordblks: walk.inUseBytes,
    fordblks: walk.binnedBytes + walk.fastBytes + walk.topBytes,
    fsmblks: walk.fastBytes,
    hblks: walk.mmappedCount,
    hblkhd: walk.mmappedBytes,
    ledger,
  };
}

/** Live and cached chunks of the arenas, from the census without mapped blocks: an independent sum, since uordblks is arena - free. */
export function usedByCensus(walk: HeapWalk): number {
  const census = walk.census.reduce((sum, { sizeBytes, count }) => sum + sizeBytes * count, 0);
  return census - walk.mmappedBytes + walk.tcacheBytes + walk.metadataBytes;
}

/** A thread can be stopped inside malloc each of twenty times, on a busy machine even often: that is refused, never guessed. */
export async function walkedStopped(pid: number, readings = 10): Promise<HeapWalk> {
  for (let left = readings; left > 1; left -= 1) {
    const reading = await walkHeap(pid, { stop: 'always' });
    if (reading.state === 'read') return reading.walk;
    if (reading.refusal.kind !== 'inconsistent') break;
  }
  return walked(pid, { stop: 'always' });
}
