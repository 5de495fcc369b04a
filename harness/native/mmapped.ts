import { HEADER_BYTES, IS_MMAPPED } from './chunks.ts';
import { isPrivateAnonymous, type Mapping } from './maps.ts';
import { wordAt } from './peek.ts';
import type { TargetReader } from './reader.ts';
import { countPages, isPresent, PRESENT, type Residency, readResidency } from './residency.ts';

export interface MmappedChunk {
  readonly start: number;
  readonly sizeBytes: number;
  readonly residentBytes: number;
  readonly swappedBytes: number;
}

export interface MmappedChunks {
  readonly chunks: readonly MmappedChunk[];
  /** Number and bytes agree with malloc's own counters. */
  readonly isComplete: boolean;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

interface Search {
  readonly reader: TargetReader;
  readonly pageBytes: number;
  readonly expectedCount: number;
  readonly expectedBytes: number;
  readonly shortBytes: readonly number[];
  readonly chunks: MmappedChunk[];
  foundBytes: number;
  /** Address space is cheap: some programs map terabytes and touch none of it. */
  pagesLeft: number;
}

const BATCH_PAGES = 64;
const STRETCH_PAGES = 8192;
/** 64 GB of address space, about half a second of pagemap. */
const PAGE_LIMIT = 16 * 1024 * 1024;

/** Anonymous memory that is no heap of an arena. */
function searchable(mappings: readonly Mapping[], heaps: readonly Range[]): Range[] {
  return mappings.filter(isPrivateAnonymous).flatMap((mapping) => {
    let parts: Range[] = [mapping];
    for (const heap of heaps)
      parts = parts.flatMap((part) =>
        heap.start >= part.end || heap.end <= part.start
          ? [part]
          : [
              { start: part.start, end: Math.min(heap.start, part.end) },
              { start: Math.max(heap.end, part.start), end: part.end },
            ].filter(({ start, end }) => start < end),
      );
    return parts;
  });
}

interface Limits {
  readonly room: number;
  readonly pageBytes: number;
  readonly shortBytes: readonly number[];
}

/** Bytes of the mapping, when the size field makes it whole pages that fit; else 0. */
function sizeAt(view: DataView, offset: number, lead: number, limits: Limits): number {
  const size = wordAt(view, offset + 8) - IS_MMAPPED;
  if (!(size > 0) || wordAt(view, offset) !== lead) return 0;
  const totals = limits.shortBytes.map((bytes) => size + lead + bytes);
  return totals.find((total) => total <= limits.room && total % limits.pageBytes === 0) ?? 0;
}

/**
 * Where an aligned block has its header, for alignments of 32 to 4096. Larger alignments put it on a later page: such a
 * block is missed once it was grown, and the walk then says that its blocks are incomplete.
 */
const LEADS = [0x10, 0x30, 0x70, 0xf0, 0x1f0, 0x3f0, 0x7f0, 0xff0];

/**
 * Size of the mapping of a chunk that has one of its own: {0, size | IS_MMAPPED}, page-aligned, the size whole pages
 * (sysmalloc_mmap in malloc/malloc.c). An aligned allocation leaves that header and puts {lead, size - lead | 2} behind
 * it; only the second is kept up to date when the block is grown with mremap. 0 when no chunk begins here.
 */
function chunkSize(view: DataView, offset: number, limits: Limits): number {
  const plain = sizeAt(view, offset, 0, limits);
  if (plain === 0 || offset + limits.pageBytes > view.byteLength) return plain;
  for (const lead of LEADS) {
    const aligned = sizeAt(view, offset + lead, lead, limits);
    if (aligned !== 0) return aligned;
  }
  return plain;
}

function addChunk(search: Search, start: number, sizeBytes: number): void {
  const { reader, pageBytes } = search;
  const range = { start, end: start + sizeBytes };
  const { presentPages, swappedPages } = countPages(reader, range, pageBytes);
  search.foundBytes += sizeBytes;
  search.chunks.push({
    start,
    sizeBytes,
    residentBytes: presentPages * pageBytes,
    swappedBytes: swappedPages * pageBytes,
  });
}

/** 2.43 adds 16 bytes too many to `mmapped_mem` whenever a block is grown with mremap: there only the number counts. */
function hasAllBytes({ shortBytes, foundBytes, expectedBytes }: Search): boolean {
  return foundBytes === expectedBytes || (shortBytes.includes(16) && foundBytes <= expectedBytes);
}

function isDone(search: Search): boolean {
  return search.chunks.length >= search.expectedCount && hasAllBytes(search);
}

/** Wide enough for pages of 64 KB. */
const batch = new Uint8Array(BATCH_PAGES * 65_536);
const batchView = new DataView(batch.buffer);

/** New mappings are put below their neighbours and merge with them, so most chunks start a mapping or follow one. */
function followFromStart(search: Search, range: Range): number {
  const { pageBytes, reader } = search;
  let at = range.start;
  while (at < range.end && !isDone(search)) {
    if (!isPresent(reader, at, pageBytes)) break;
    if (reader.memory(at, batch, pageBytes) !== pageBytes) break;
    const size = chunkSize(batchView, 0, {
      room: range.end - at,
      pageBytes,
      shortBytes: search.shortBytes,
    });
    if (size === 0) break;
    addChunk(search, at, size);
    at += size;
  }
  return at;
}

/** The present pages at `at`, up to a batch. Returns where to go on: behind a chunk, or behind what was looked at. */
function searchBatch(search: Search, residency: Residency, at: number, range: Range): number {
  const { pageBytes, reader } = search;
  const first = (at - residency.start) / pageBytes;
  const last = Math.min(first + BATCH_PAGES, residency.pages.length);
  let page = first;
  while (page < last && residency.pages[page] === PRESENT) page++;
  if (page === first) return at + pageBytes;
  const got = reader.memory(at, batch, (page - first) * pageBytes);
  for (let offset = 0; offset + HEADER_BYTES <= got; offset += pageBytes) {
    const size = chunkSize(batchView, offset, {
      room: range.end - at - offset,
      pageBytes,
      shortBytes: search.shortBytes,
    });
    if (size === 0) continue;
    addChunk(search, at + offset, size);
    return at + offset + size;
  }
  return at + (page - first) * pageBytes;
}

/** Looks at the start of every present page. Costs as much as reading the range: for what the first look missed. */
function searchPages(search: Search, range: Range): void {
  const { pageBytes, reader } = search;
  let at = range.start;
  while (at < range.end && !isDone(search) && search.pagesLeft > 0) {
    const end = Math.min(at + STRETCH_PAGES * pageBytes, range.end);
    const residency = readResidency(reader, { start: at, end }, pageBytes);
    search.pagesLeft -= residency.pages.length;
    while (at < end && !isDone(search)) at = searchBatch(search, residency, at, range);
  }
}

/** All chunks with a mapping of their own, checked against `n_mmaps` and `mmapped_mem`. */
export function findMmapped(
  reader: TargetReader,
  mappings: readonly Mapping[],
  context: {
    readonly heaps: readonly Range[];
    readonly pageBytes: number;
    readonly expectedCount: number;
    readonly expectedBytes: number;
    readonly shortBytes: readonly number[];
  },
): MmappedChunks {
  const { heaps, ...expected } = context;
  const search: Search = {
    reader,
    ...expected,
    chunks: [],
    foundBytes: 0,
    pagesLeft: PAGE_LIMIT,
  };
  const rest: Range[] = [];
  const ranges = context.expectedCount === 0 ? [] : searchable(mappings, heaps);
  for (const range of ranges) {
    if (isDone(search)) break;
    const end = followFromStart(search, range);
    if (end < range.end) rest.push({ start: end, end: range.end });
  }
  for (const range of rest) searchPages(search, range);
  return {
    chunks: search.chunks,
    isComplete: search.chunks.length === context.expectedCount && hasAllBytes(search),
  };
}
