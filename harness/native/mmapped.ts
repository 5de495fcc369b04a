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

/**
 * The header of a chunk with a mapping of its own: {0, size | IS_MMAPPED}, page-aligned, the size whole pages
 * (sysmalloc_mmap in malloc/malloc.c). An aligned allocation leaves it in place and has a second one behind it.
 */
function chunkSize(view: DataView, offset: number, room: number, pageBytes: number): number {
  const sizeField = wordAt(view, offset + 8);
  const size = sizeField - IS_MMAPPED;
  const fits = size >= pageBytes && size <= room && size % pageBytes === 0;
  return fits && wordAt(view, offset) === 0 ? size : 0;
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

function isDone(search: Search): boolean {
  return search.chunks.length >= search.expectedCount && search.foundBytes >= search.expectedBytes;
}

const header = new Uint8Array(HEADER_BYTES);
const headerView = new DataView(header.buffer);
/** Wide enough for pages of 64 KB. */
const batch = new Uint8Array(BATCH_PAGES * 65_536);
const batchView = new DataView(batch.buffer);

/** New mappings are put below their neighbours and merge with them, so most chunks start a mapping or follow one. */
function followFromStart(search: Search, range: Range): number {
  const { pageBytes, reader } = search;
  let at = range.start;
  while (at < range.end && !isDone(search)) {
    if (!isPresent(reader, at, pageBytes)) break;
    if (reader.memory(at, header, HEADER_BYTES) !== HEADER_BYTES) break;
    const size = chunkSize(headerView, 0, range.end - at, pageBytes);
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
    const size = chunkSize(batchView, offset, range.end - at - offset, pageBytes);
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
    isComplete:
      search.chunks.length === context.expectedCount && search.foundBytes === context.expectedBytes,
  };
}
