import type { Segment } from './arenas.ts';
import type { Census } from './census.ts';
import { addLarge } from './census.ts';
import {
  type ChunkScan,
  type ChunkSink,
  EARLIER_RUN,
  FAR,
  HEADER_BYTES,
  MIN_CHUNK_BYTES,
  NO_RUN,
  NON_MAIN_ARENA,
  PREV_INUSE,
  SMALL_LIMIT,
  scanChunks,
} from './chunks.ts';
import { contradict, hex } from './errors.ts';
import type { TargetReader } from './reader.ts';
import type { Residency } from './residency.ts';
import { addRun, type RunEnd, type Slack } from './slack.ts';
import { loadWindow, resetWindow, type Window } from './window.ts';

const HIGH = 2 ** 32;

export interface SegmentBooks {
  /** One for the whole walk. */
  readonly window: Window;
  readonly census: Census;
  readonly slack: Slack;
  /** Addresses of chunks that may hold a tcache. */
  readonly tcacheCandidates: number[];
  /** Sizes of the chunk that holds a tcache. */
  readonly tcacheSizes: readonly number[];
  /** Quick look at a chunk that lies in the window; false when it surely is no tcache. */
  readonly mayBeTcache: (words: Int32Array, at: number) => boolean;
  /** Start addresses of all fastbin chunks, ascending, ended by Infinity. */
  readonly fastChunks: Float64Array;
  binnedBytes: number;
  fastBytes: number;
  /** Fenceposts. */
  metadataBytes: number;
}

interface Pass {
  readonly reader: TargetReader;
  readonly segment: Segment;
  readonly residency: Residency;
  readonly books: SegmentBooks;
  readonly window: Window;
  readonly scan: ChunkScan;
  readonly arenaFlag: number;
  fastIndex: number;
  /** Address of the run of free chunks that is open, or -1. */
  run: number;
  /** The chunk before the header that comes next: size 0 at the start of the segment. */
  pendingSize: number;
  pendingFlags: number;
}

/** Streams through one segment: every chunk is looked at once, in order, and only through pages that are present. */
export function walkSegment(
  reader: TargetReader,
  segment: Segment,
  residency: Residency,
  books: SegmentBooks,
): void {
  const pass = startPass(reader, segment, residency, books);
  const sink = makeSink(pass);
  let position = segment.start;
  while (position < segment.end) {
    if (position < pass.window.base || position + HEADER_BYTES > pass.window.end)
      loadWindow(pass.window, reader, residency, position, segment.end);
    const size = stepSlowly(pass, position);
    if (size === 0) return;
    position += size;
    if (size < SMALL_LIMIT && position + HEADER_BYTES <= pass.window.end)
      position = scanWindow(pass, sink, position);
  }
  finish(pass, position);
}

function startPass(
  reader: TargetReader,
  segment: Segment,
  residency: Residency,
  books: SegmentBooks,
): Pass {
  const { fastChunks, window } = books;
  resetWindow(window);
  return {
    reader,
    segment,
    residency,
    books,
    window,
    scan: {
      words: window.words,
      limit: 0,
      offset: 0,
      head: 0,
      run: NO_RUN,
      fast: FAR,
      freeBytes: 0,
    },
    arenaFlag: segment.isMain ? 0 : NON_MAIN_ARENA,
    fastIndex: lowerBound(fastChunks, segment.start),
    run: -1,
    pendingSize: 0,
    pendingFlags: PREV_INUSE,
  };
}

function lowerBound(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function nextFast(pass: Pass): number {
  const address = pass.books.fastChunks[pass.fastIndex] ?? Number.POSITIVE_INFINITY;
  return Math.min(address - pass.window.base, FAR);
}

function closeRun(pass: Pass, end: number, ending: RunEnd): void {
  addRun(pass.books.slack, pass.residency, { start: pass.run, end, ending });
  pass.run = -1;
}

function makeSink(pass: Pass): ChunkSink {
  const { books, window, arenaFlag } = pass;
  const [tcacheSize = 0, otherTcacheSize = tcacheSize] = books.tcacheSizes;
  return {
    counts: books.census.small,
    arenaFlag,
    tcacheSize,
    otherTcacheSize,
    onTcacheSized: (offset) => {
      const whole = window.base + offset + tcacheSize <= window.end;
      if (!whole || books.mayBeTcache(window.words, (offset + HEADER_BYTES) >> 2))
        books.tcacheCandidates.push(window.base + offset);
    },
    onRun: (from, to) => {
      if (from !== EARLIER_RUN) pass.run = window.base + from;
      closeRun(pass, window.base + to, 'used');
    },
    onFast: (size) => {
      books.fastBytes += size;
      pass.fastIndex++;
      return nextFast(pass);
    },
  };
}

/** The fast part: from `position` to the end of the window, or to the first thing out of the ordinary. */
function scanWindow(pass: Pass, sink: ChunkSink, position: number): number {
  const { scan, window } = pass;
  scan.limit = Math.min(window.end, pass.segment.end) - window.base - HEADER_BYTES;
  scan.offset = position - window.base;
  scan.head = pass.pendingSize + pass.pendingFlags;
  scan.run = pass.run < 0 ? NO_RUN : EARLIER_RUN;
  scan.fast = nextFast(pass);
  scan.freeBytes = 0;
  scanChunks(scan, sink);
  pass.books.binnedBytes += scan.freeBytes;
  pass.pendingFlags = scan.head & 7;
  pass.pendingSize = scan.head - pass.pendingFlags;
  if (scan.run === NO_RUN) pass.run = -1;
  else if (scan.run !== EARLIER_RUN) pass.run = window.base + scan.run;
  return window.base + scan.offset;
}

/** Looks at one header with every check. Returns the size of its chunk, 0 at the fencepost that ends the segment. */
function stepSlowly(pass: Pass, position: number): number {
  const { words, base } = pass.window;
  const at = (position - base) >> 2;
  const low = words[at + 2] as number;
  const flags = low & 15;
  const size = (low >>> 0) - flags + (words[at + 3] as number) * HIGH;
  const previousSize = ((words[at] as number) >>> 0) + (words[at + 1] as number) * HIGH;
  if (isLateFencepost(pass, position, size)) return 0;
  settle(pass, position, (flags & PREV_INUSE) !== 0, previousSize);
  if (pass.segment.top === undefined && isFencepost(pass, position, low, size)) return 0;
  if ((flags & ~(PREV_INUSE | pass.arenaFlag)) !== 0 || size < MIN_CHUNK_BYTES)
    contradict(`the chunk at ${hex(position)} has the impossible size field ${hex(size + flags)}`);
  if (position + size > pass.segment.end)
    contradict(`the chunk at ${hex(position)} reaches beyond the end of its heap`);
  pass.pendingSize = size;
  pass.pendingFlags = flags;
  return size;
}

/**
 * An older heap ends in a chunk of 16 bytes and a header of size 0; where its last free rest was under MINSIZE, in one
 * chunk of 16 or 32 bytes without an arena flag and that header. A piece of the main heap ends in two chunks of 16 bytes,
 * or three (sysmalloc in malloc/malloc.c; `main-pieces` has looked at each).
 */
function isFencepost(pass: Pass, position: number, low: number, size: number): boolean {
  const rest = pass.segment.end - position;
  const longSize = pass.segment.isMain ? 16 : 32;
  const isPost = (size === 16 && rest === 32) || (size === longSize && rest === 48);
  if (!isPost || (low & NON_MAIN_ARENA) !== 0) return false;
  endAtFencepost(pass, position);
  return true;
}

/** The hot loop takes a fencepost of 32 bytes for a chunk: then it is the pending one when the header of size 0 comes. */
function isLateFencepost(pass: Pass, position: number, size: number): boolean {
  const { segment, pendingSize, pendingFlags } = pass;
  const isHeapEnd = segment.top === undefined && !segment.isMain;
  const isPost = isHeapEnd && size === 0 && position + 16 === segment.end;
  if (!isPost || pendingSize !== 32 || (pendingFlags & NON_MAIN_ARENA) !== 0) return false;
  endAtFencepost(pass, position - pendingSize);
  return true;
}

function endAtFencepost(pass: Pass, position: number): void {
  if (pass.run >= 0) closeRun(pass, position, 'used');
  checkFastUsedUp(pass);
  pass.books.metadataBytes += pass.segment.end - position;
}

/** Decides what the pending chunk was, now that the header after it says so. */
function settle(pass: Pass, end: number, isUsed: boolean, repeatedSize: number): void {
  const { pendingSize: size, pendingFlags: flags, books } = pass;
  const start = end - size;
  if (size === 0) {
    if (!isUsed)
      contradict(`the first chunk of a heap, at ${hex(end)}, says that one before it is free`);
    return;
  }
  if (!isUsed) {
    if ((flags & PREV_INUSE) === 0) contradict(`two free chunks meet at ${hex(start)}`);
    if ((flags & NON_MAIN_ARENA) !== 0)
      contradict(`the free chunk at ${hex(start)} carries a flag of a used one`);
    if (repeatedSize !== size) contradict(`the free chunk at ${hex(start)} has two sizes`);
    books.binnedBytes += size;
    if (pass.run < 0) pass.run = start;
    return;
  }
  if ((flags & NON_MAIN_ARENA) !== pass.arenaFlag)
    contradict(`the chunk at ${hex(start)} belongs to another arena`);
  if (start === books.fastChunks[pass.fastIndex]) {
    pass.fastIndex++;
    books.fastBytes += size;
    if (pass.run < 0) pass.run = start;
    return;
  }
  if (size < SMALL_LIMIT)
    books.census.small[size >> 4] = (books.census.small[size >> 4] as number) + 1;
  else addLarge(books.census, size, 1);
  if (books.tcacheSizes.includes(size)) books.tcacheCandidates.push(start);
  if (pass.run >= 0) closeRun(pass, start, 'used');
}

function checkFastUsedUp(pass: Pass): void {
  const next = pass.books.fastChunks[pass.fastIndex] ?? Number.POSITIVE_INFINITY;
  if (next < pass.segment.end) contradict(`a fastbin leads to ${hex(next)}, where no chunk begins`);
}

function finish(pass: Pass, position: number): void {
  const { segment, pendingSize, pendingFlags } = pass;
  if (segment.top === undefined)
    contradict(`the heap at ${hex(segment.memoryStart)} has no fencepost`);
  if (position !== segment.end || position - pendingSize !== segment.top)
    contradict(`the chunks of a heap do not lead to its top chunk at ${hex(segment.top)}`);
  if ((pendingFlags & PREV_INUSE) === 0) contradict('the chunk before a top chunk is free');
  checkFastUsedUp(pass);
  if (pass.run < 0) pass.run = segment.top;
  closeRun(pass, segment.end, segment.isAtBreak ? 'main-top' : 'fixed-top');
}
