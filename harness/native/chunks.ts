/**
 * The hot loop, alone. It runs once for every chunk of the heap (4.4 million in a gigabyte of small ones), so it
 * touches typed arrays and local numbers only and allocates nothing. Whatever is out of the ordinary ends the loop;
 * `walkSegment` then looks at that one header slowly, with every check and a proper error.
 */

/** Flag bits in the size field of a chunk (malloc/malloc.c). */
export const PREV_INUSE = 1;
export const IS_MMAPPED = 2;
export const NON_MAIN_ARENA = 4;

export const HEADER_BYTES = 16;
export const MIN_CHUNK_BYTES = 32;
/** Chunks up to this size are counted in an array by size / 16; the few larger ones go to a map. */
export const SMALL_LIMIT = 1 << 20;

const SIZE_BITS = SMALL_LIMIT - 16;
const SIGN_BIT = 0x8000_0000;

/** No run of free chunks is open. */
export const NO_RUN = 0x7fff_ffff;
/** A run of free chunks is open that began before this window. */
export const EARLIER_RUN = -1;
/** No fastbin chunk in reach of this window. */
export const FAR = 0x7fff_ffff;

/** What the loop carries on from and leaves behind. Offsets are bytes from the start of the window. */
export interface ChunkScan {
  readonly words: Int32Array;
  /** 32-bit words before this index are there; a header must lie wholly before it. */
  limit: number;
  /** The next header. */
  offset: number;
  /** Size and flags of the chunk that ends at `offset`. It began in this window and is smaller than SMALL_LIMIT. */
  head: number;
  run: number;
  /** Where the next chunk begins that is in a fastbin: such chunks look used, but are free. */
  fast: number;
  /** Bytes in free (binned) chunks that this call met. */
  freeBytes: number;
}

export interface ChunkSink {
  /** Used chunks by size / 16; fastbin chunks are not counted, tcache chunks are (they are taken out later). */
  readonly counts: Int32Array;
  /** NON_MAIN_ARENA for a thread arena: its used chunks carry that flag and no others do. */
  readonly arenaFlag: number;
  /** Used chunks of these sizes may hold a tcache. */
  readonly tcacheSize: number;
  readonly otherTcacheSize: number;
  onTcacheSized(offset: number): void;
  /** A run of free chunks that may hold whole pages has ended. */
  onRun(from: number, to: number): void;
  /** Returns where the next fastbin chunk begins. */
  onFast(size: number): number;
}

/** What the header after a chunk says of it. Plain numbers: this is asked for every chunk. */
const STRANGE = 0;
const FREE = 1;
const FAST = 2;
const USED = 3;

/** A free chunk repeats its size before the next header, has no free neighbour (they would have merged) and no arena flag. */
function isSoundFree(words: Int32Array, at: number, head: number): boolean {
  return (
    (head & (PREV_INUSE | NON_MAIN_ARENA)) === PREV_INUSE &&
    words[at] === (head & SIZE_BITS) &&
    words[at + 1] === 0
  );
}

/** `at` is the index of the next header's first word. The small functions here are inlined by the compiler. */
function kindOf(
  words: Int32Array,
  at: number,
  head: number,
  arenaFlag: number,
  isFast: boolean,
): number {
  if (((words[at + 2] as number) & PREV_INUSE) === 0)
    return isSoundFree(words, at, head) ? FREE : STRANGE;
  if ((head & NON_MAIN_ARENA) !== arenaFlag) return STRANGE;
  return isFast ? FAST : USED;
}

function isEither(size: number, one: number, other: number): boolean {
  return size === one || size === other;
}

/** Offsets are page-aligned with the addresses: a run inside one page needs no closer look. */
function mayHoldPages(run: number, end: number): boolean {
  return run < 0 || end >> 12 !== run >> 12;
}

/**
 * A chunk is free when the next header lacks PREV_INUSE; then the word before that header repeats its size. So every
 * header settles the chunk before it.
 */
export function scanChunks(scan: ChunkScan, sink: ChunkSink): void {
  const { words, limit } = scan;
  const { counts, arenaFlag, tcacheSize, otherTcacheSize } = sink;
  const oddBits = ~(SIZE_BITS | PREV_INUSE | arenaFlag);
  let { offset, head, run, fast, freeBytes } = scan;
  while (offset <= limit) {
    const at = offset >> 2;
    const next = words[at + 2] as number;
    const size = head & SIZE_BITS;
    const start = offset - size;
    const kind = kindOf(words, at, head, arenaFlag, start === fast);
    // The high half of the size field, flags no chunk of this arena has, and a size below the least, in one test.
    const tooSmall = ((next & SIZE_BITS) - MIN_CHUNK_BYTES) & SIGN_BIT;
    const odd = (next & oddBits) | (words[at + 3] as number) | tooSmall;
    if (odd !== 0 || kind === STRANGE) break;
    if (kind === USED) {
      counts[size >> 4] = (counts[size >> 4] as number) + 1;
      if (run !== NO_RUN && mayHoldPages(run, start)) sink.onRun(run, start);
      run = NO_RUN;
      if (isEither(size, tcacheSize, otherTcacheSize)) sink.onTcacheSized(start);
    } else {
      // NO_RUN is above every offset, an open run is below this chunk.
      run = Math.min(run, start);
      if (kind === FREE) freeBytes += size;
      else fast = sink.onFast(size);
    }
    head = next;
    offset += next & SIZE_BITS;
  }
  scan.offset = offset;
  scan.head = head;
  scan.run = run;
  scan.fast = fast;
  scan.freeBytes = freeBytes;
}
