import type { HeapRange, SizeClass } from '../contracts/native.ts';
import { type Arena, readArenas, requireUnchanged } from './arenas.ts';
import { pageBytesOf } from './auxv.ts';
import { classesOf, createCensus, takeOut, totalBytes } from './census.ts';
import { refuse } from './errors.ts';
import { readFastChunks } from './fastbins.ts';
import { findLibc, type Libc } from './find-libc.ts';
import { readBooks } from './locate.ts';
import { parseMaps } from './maps.ts';
import { findMmapped, type MmappedChunks } from './mmapped.ts';
import { nameAllocator, nameLinkedIn } from './name-allocator.ts';
import type { TargetReader } from './reader.ts';
import { type Residency, readResidency } from './residency.ts';
import type { Slack } from './slack.ts';
import { readTcaches, type Tcaches, tcacheFilter } from './tcaches.ts';
import { type SegmentBooks, walkSegment } from './walk-segment.ts';
import { createWindow } from './window.ts';

/** One pass over a heap: the sums, before anything is said about how far to trust them. */
export interface HeapSums {
  readonly libc: string;
  readonly arenas: readonly Arena[];
  readonly isLocked: boolean;
  readonly arenaBytes: number;
  readonly binnedBytes: number;
  readonly fastBytes: number;
  readonly topBytes: number;
  readonly metadataBytes: number;
  /** Used chunks of the arenas, tcache chunks taken out. */
  readonly liveArenaBytes: number;
  readonly tcaches: Tcaches;
  readonly slack: Slack;
  readonly arenaResidentBytes: number;
  readonly arenaSwappedBytes: number;
  readonly mmapped: MmappedChunks;
  /** As malloc counts them. */
  readonly mmappedBytes: number;
  readonly mmappedCount: number;
  readonly classes: readonly SizeClass[];
  readonly ranges: readonly HeapRange[];
}

interface SegmentPages {
  readonly arena: Arena;
  readonly residency: Residency & { readonly presentPages: number; readonly swappedPages: number };
  readonly segment: Arena['segments'][number];
}

/** Residency of everything first, so that no read of ours can change what is counted. */
function readAllPages(
  reader: TargetReader,
  arenas: readonly Arena[],
  pageBytes: number,
): SegmentPages[] {
  return arenas.flatMap((arena) =>
    arena.segments.map((segment) => ({
      arena,
      segment,
      residency: readResidency(reader, { start: segment.memoryStart, end: segment.end }, pageBytes),
    })),
  );
}

function openBooks(libc: Libc, slots: number, fastChunks: Float64Array): SegmentBooks {
  return {
    window: createWindow(),
    census: createCensus(),
    slack: { trimmableBytes: 0, trimReturnsBytes: 0, notResidentBytes: 0 },
    tcacheCandidates: [],
    tcacheSizes: libc.layout.tcache.chunkSizes,
    mayBeTcache: tcacheFilter(libc.layout.tcache, slots),
    fastChunks,
    binnedBytes: 0,
    fastBytes: 0,
    metadataBytes: 0,
  };
}

function walkAll(reader: TargetReader, pages: readonly SegmentPages[], books: SegmentBooks): void {
  for (const { segment, residency } of pages) {
    books.metadataBytes += segment.start - segment.memoryStart;
    walkSegment(reader, segment, residency, books);
  }
}

function rangesOf(pages: readonly SegmentPages[], mmapped: MmappedChunks): HeapRange[] {
  return [
    ...pages.map(({ segment, residency }) => ({
      kind: 'malloc-arena' as const,
      start: segment.memoryStart,
      end: segment.end,
      residentBytes: residency.presentPages * residency.pageBytes,
    })),
    ...mmapped.chunks.map(({ start, sizeBytes, residentBytes }) => ({
      kind: 'malloc-mmapped' as const,
      start,
      end: start + sizeBytes,
      residentBytes,
    })),
  ];
}

function refuseOthers(reader: TargetReader, mappings: ReturnType<typeof parseMaps>): void {
  const named = nameAllocator(mappings, reader.executable());
  if (named.kind === 'glibc') return;
  const { kind, title } = named;
  if (kind === 'static' || kind === 'go')
    refuse('static', `${title}: there are no glibc books to read`, title);
  if (kind === 'musl' || kind === 'unknown')
    refuse('not-glibc', `${title}: glibc is not the allocator`, title);
  refuse('other-allocator', `glibc is not the allocator: ${title} is`, title);
}

function refuseEmptyBooks(reader: TargetReader): never {
  const { kind, title } = nameLinkedIn(reader.executable());
  const reason = 'glibc is not the allocator: its heap is empty';
  return kind === 'unknown'
    ? refuse('other-allocator', reason)
    : refuse('other-allocator', `${reason}, and the executable brings ${title}`, title);
}

/** Walks the heap once. Throws a refusal or a contradiction (errors.ts), nothing else. */
export function walkOnce(reader: TargetReader): HeapSums {
  const mappings = parseMaps(reader.maps());
  if (mappings.length === 0)
    refuse('gone', `process ${reader.pid} has no memory: it has ended, or is a kernel thread`);
  refuseOthers(reader, mappings);
  const pageBytes = pageBytesOf(reader.auxv());
  const libc = findLibc(reader, mappings);
  const books = readBooks(reader, libc, mappings);
  if (books === undefined) return refuseEmptyBooks(reader);
  const arenas = readArenas(reader, { mappings, books, layout: libc.layout, pageBytes });
  const pages = readAllPages(reader, arenas, pageBytes);
  const mmapped = findMmapped(reader, mappings, {
    heaps: pages.map(({ segment }) => ({ start: segment.memoryStart, end: segment.end })),
    pageBytes,
    expectedCount: books.mmappedCount,
    expectedBytes: books.mmappedBytes,
    shortBytes: libc.layout.mmapShortBytes,
  });
  const fastChunks = readFastChunks(reader, arenas, libc.layout.safeLinking);
  const sums = openBooks(libc, books.tcacheCount, fastChunks);
  walkAll(reader, pages, sums);
  const tcaches = readTcaches(reader, sums.tcacheCandidates, {
    arenas,
    layout: libc.layout,
    slots: books.tcacheCount,
  });
  requireUnchanged(reader, arenas);
  for (const size of tcaches.chunkSizes) takeOut(sums.census, size);
  const arenaClasses = classesOf(sums.census);
  const total = (pick: (arena: Arena) => number): number =>
    arenas.reduce((sum, arena) => sum + pick(arena), 0);
  const pageTotal = (pick: (one: SegmentPages) => number): number =>
    pages.reduce((sum, one) => sum + pick(one), 0) * pageBytes;
  return {
    libc: libc.version,
    arenas,
    isLocked: arenas.some((arena) => arena.isLocked),
    arenaBytes: total((arena) => arena.systemBytes),
    binnedBytes: sums.binnedBytes,
    fastBytes: sums.fastBytes,
    topBytes: total((arena) => arena.topBytes),
    metadataBytes: sums.metadataBytes,
    liveArenaBytes: totalBytes(arenaClasses),
    tcaches,
    slack: sums.slack,
    arenaResidentBytes: pageTotal(({ residency }) => residency.presentPages),
    arenaSwappedBytes: pageTotal(({ residency }) => residency.swappedPages),
    mmapped,
    mmappedBytes: books.mmappedBytes,
    mmappedCount: books.mmappedCount,
    classes: arenaClasses,
    ranges: rangesOf(pages, mmapped),
  };
}
