import { readFileSync } from 'node:fs';
import type { HeapRefusal, HeapWalk, MemoryBreakdown, MemoryMap } from '../contracts/native.ts';
import { readStat } from '../lib/proc.ts';
import { identifyAllocator } from './allocator-of.ts';
import { breakDown } from './break-down.ts';
import { readMemoryMap } from './memory-map.ts';
import { countDescriptors, countThreads, type NamedCount } from './process-counts.ts';
import { walkHeap } from './walk-heap.ts';

/** One look at a process from outside. */
export interface Inspection {
  readonly pid: number;
  readonly name: string;
  /** `glibc 2.36`, `jemalloc (libjemalloc.so.2)`. */
  readonly allocator: string;
  readonly libc: string | null;
  /** Null with `refusal` set: the heap could not be read, and why. */
  readonly walk: HeapWalk | null;
  readonly refusal: string | null;
  /** What tells live bytes from slack in this process. */
  readonly usedInstead: string;
  readonly map: MemoryMap;
  readonly breakdown: MemoryBreakdown;
  readonly threads: readonly NamedCount[];
  readonly descriptors: readonly NamedCount[];
}

export interface InspectOptions {
  /** A process is only ever stopped when this says so. */
  readonly stop: 'never' | 'always';
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

const STOP_HINT = '--stop holds the process still while it is read';

function explainRefusal({ kind, reason }: HeapRefusal): string {
  return kind === 'inconsistent' ? `it changed at every look (${reason})` : reason;
}

/** Null when there is no such process; throws what the kernel says when it may not be read. */
export async function inspectProcess(
  pid: number,
  { stop }: InspectOptions,
): Promise<Inspection | null> {
  if (readStat(pid) === null) return null;
  const allocator = identifyAllocator(pid);
  const reading = await walkHeap(pid, { stop, census: true });
  const walk = reading.state === 'read' ? reading.walk : null;
  const isBusy = reading.state === 'refused' && reading.refusal.kind === 'inconsistent';
  const map = readMemoryMap(pid, reading.state === 'read' ? { ranges: reading.ranges } : {});
  return {
    pid,
    name: nameOf(pid),
    allocator: allocator.title,
    libc: walk === null ? (allocator.version ?? null) : walk.libc,
    walk,
    refusal: reading.state === 'refused' ? explainRefusal(reading.refusal) : null,
    usedInstead: isBusy ? STOP_HINT : allocator.usedInstead,
    map,
    breakdown: breakDown(map, walk ?? undefined),
    threads: countThreads(pid),
    descriptors: countDescriptors(pid),
  };
}
