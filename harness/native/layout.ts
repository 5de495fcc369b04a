/**
 * Where glibc keeps its books, by version (x86-64). Proven byte-exact against mallinfo on 2.31, 2.34, 2.36, 2.41,
 * 2.42 and 2.43; the others were read from malloc/malloc.c and malloc/arena.c of the release.
 */
export interface HeapLayout {
  /** `bins` from the start of `struct malloc_state`; everything else in it is found relative to `bins`. */
  readonly binsAt: number;
  /** Undefined where fastbins are gone (2.43). */
  readonly fastbinsAt: number | undefined;
  readonly arenaBytes: number;
  readonly heapInfoBytes: number;
  /** fd pointers are XORed with their own address >> 12. */
  readonly safeLinking: boolean;
  readonly tcache: TcacheLayout;
  /**
   * How many bytes the size of a chunk with a mapping of its own is short of the mapping: 0, or the header since 2.43.
   * Seen in memory on 2.43 and on 2.41; either is accepted on 2.42, which was not at hand.
   */
  readonly mmapShortBytes: readonly number[];
  /** `n_mmaps` relative to `sbrk_base` in `struct malloc_par`. */
  readonly mmapCountAt: number;
  /** `hp_pagesize` and `thp_pagesize`, relative to `sbrk_base`, came with the hugetlb tunable (2.35). */
  readonly hugePagesAt: number | undefined;
}

export interface TcacheLayout {
  readonly bins: number;
  readonly countBytes: 1 | 2;
  /** 2.42 counts the free slots, so used = tcache_count - slots. */
  readonly countsFreeSlots: boolean;
  /** Size of the chunk that holds the structure; more than one where releases were built differently. */
  readonly chunkSizes: readonly number[];
}

const ARENA_FLAGS_AT = 4;
const NONCONTIGUOUS_BIT = 2;

/** Whether the main arena at `arena` is not one piece: `flags` in `struct malloc_state`, behind the mutex, says so. */
export function isInPieces(view: DataView, arena: number): boolean {
  return arena >= 0 && (view.getInt32(arena + ARENA_FLAGS_AT, true) & NONCONTIGUOUS_BIT) !== 0;
}

/** Relative to `bins`: never moved from 2.26 to 2.43. */
export const FROM_BINS = { top: -16, next: 2048, systemMemory: 2072 } as const;

/** Relative to `sbrk_base`. */
export const FROM_SBRK_BASE = {
  mmappedBytes: -16,
  maxMmappedBytes: -8,
  tcacheBins: 8,
  tcacheBytes: 16,
  tcacheCount: 24,
} as const;

export const BIN_COUNT = 127;
/** NFASTBINS: chunk sizes 0x20, 0x30, ... 0xb0. */
export const FASTBIN_COUNT = 10;
/** 2 * DEFAULT_MMAP_THRESHOLD_MAX on 64-bit: every heap of a thread arena starts at a multiple of it. */
export const HEAP_MAX_BYTES = 64 * 1024 * 1024;

const CHAR_TCACHE: TcacheLayout = {
  bins: 64,
  countBytes: 1,
  countsFreeSlots: false,
  chunkSizes: [0x250],
};
const SHORT_TCACHE: TcacheLayout = {
  bins: 64,
  countBytes: 2,
  countsFreeSlots: false,
  chunkSizes: [0x290],
};
const SLOT_TCACHE: TcacheLayout = {
  bins: 76,
  countBytes: 2,
  countsFreeSlots: true,
  chunkSizes: [0x300, 0x310],
};

const V2_27: HeapLayout = {
  binsAt: 112,
  fastbinsAt: 16,
  arenaBytes: 2200,
  heapInfoBytes: 32,
  safeLinking: false,
  tcache: CHAR_TCACHE,
  mmapShortBytes: [0],
  mmapCountAt: -32,
  hugePagesAt: undefined,
};
const V2_30: HeapLayout = { ...V2_27, tcache: SHORT_TCACHE };
const V2_32: HeapLayout = { ...V2_30, safeLinking: true };
const V2_35: HeapLayout = { ...V2_32, heapInfoBytes: 48, mmapCountAt: -36, hugePagesAt: -56 };
const V2_42: HeapLayout = { ...V2_35, tcache: SLOT_TCACHE, mmapShortBytes: [0, 16] };

/** First minor version that a layout holds for; it holds up to the next row. */
const BY_MINOR: readonly (readonly [number, HeapLayout])[] = [
  [26, { ...V2_27, binsAt: 104, fastbinsAt: 8, arenaBytes: 2192 }],
  [27, V2_27],
  [30, V2_30],
  [32, V2_32],
  [35, V2_35],
  [42, V2_42],
  [43, { ...V2_42, binsAt: 24, fastbinsAt: undefined, arenaBytes: 2112, mmapShortBytes: [16] }],
];

export const OLDEST_KNOWN = '2.26';
export const NEWEST_KNOWN = '2.43';
const NEWEST_MINOR = 43;

/** Undefined for a version that nobody has checked: a guess would be worse than no answer. */
export function layoutOf(version: string): HeapLayout | undefined {
  const match = /^2\.(\d+)$/.exec(version);
  if (match === null) return undefined;
  const minor = Number(match[1]);
  if (minor > NEWEST_MINOR) return undefined;
  return BY_MINOR.findLast(([first]) => first <= minor)?.[1];
}
