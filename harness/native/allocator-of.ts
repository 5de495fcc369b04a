import { readFileSync } from 'node:fs';
import { refusalFromSystem } from './errors.ts';
import { executableOf } from './executable.ts';
import { libcMappings, readVersion } from './find-libc.ts';
import { parseMaps } from './maps.ts';
import { type AllocatorKind, nameAllocator } from './name-allocator.ts';
import { openReader } from './reader.ts';

export interface IdentifiedAllocator {
  readonly kind: AllocatorKind | 'unreadable';
  /** For people: `glibc 2.36`, `jemalloc (libjemalloc.so.2)`. */
  readonly title: string;
  /** glibc's release, when glibc is the allocator and says it. */
  readonly version?: string;
  /** One line: what tells live bytes from slack in this process. */
  readonly usedInstead: string;
}

const SWAP = 'anonymous residency and the allocator swap (the same cell under glibc)';

const USED_INSTEAD: Readonly<Record<AllocatorKind | 'unreadable', string>> = {
  glibc: 'live bytes and slack are read from its heap',
  jemalloc: `jemalloc keeps other books: judged by ${SWAP}`,
  tcmalloc: `tcmalloc keeps other books: judged by ${SWAP}`,
  mimalloc: `mimalloc keeps other books: judged by ${SWAP}`,
  'partition-alloc':
    'PartitionAlloc takes no preload: judged by anonymous residency, and by memory-infra through the browser',
  other: `no glibc heap to read: judged by ${SWAP}`,
  go: 'a Go program takes no preload: judged by anonymous residency, and by its pprof heap if it serves one',
  musl: 'musl keeps no readable books: judged by anonymous residency; the allocator swap needs a glibc build',
  static: 'a static program takes no preload: judged by anonymous residency only',
  unknown: 'nothing is known of its heap: judged by anonymous residency only',
  unreadable: 'nothing can be read of this process',
};

function unreadable(title: string): IdentifiedAllocator {
  return { kind: 'unreadable', title, usedInstead: USED_INSTEAD.unreadable };
}

function glibcVersion(pid: number, mapsText: string): string | undefined {
  try {
    using reader = openReader(pid);
    return readVersion(reader, libcMappings(parseMaps(mapsText))).version;
  } catch {
    // Readable maps but unreadable memory: the allocator is known, its release is not.
    return undefined;
  }
}

/** Which malloc the process uses, from what is mapped. Never throws. */
export function identifyAllocator(pid: number): IdentifiedAllocator {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/maps`, 'latin1');
  } catch (error) {
    return unreadable(refusalFromSystem(error, pid)?.reason ?? `process ${pid} cannot be read`);
  }
  const mappings = parseMaps(text);
  if (mappings.length === 0) return unreadable(`process ${pid} is gone`);
  const { kind, title } = nameAllocator(mappings, executableOf(pid));
  const usedInstead = USED_INSTEAD[kind];
  if (kind !== 'glibc') return { kind, title, usedInstead };
  const version = glibcVersion(pid, text);
  return version === undefined
    ? { kind, title, usedInstead }
    : { kind, title: `glibc ${version}`, version, usedInstead };
}
