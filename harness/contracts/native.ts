/** How far a foreign heap could be read. `exact` is a measurement, `consistent` an estimate, `inconsistent` nothing. */
export type WalkQuality = 'exact' | 'consistent' | 'inconsistent';

export interface SizeClass {
  /** Chunk size in bytes as malloc keeps it: 16-byte aligned, header included; the mapping's where a block has its own. */
  readonly sizeBytes: number;
  readonly count: number;
}

/** glibc's books of one process, read from outside. All sizes in bytes. */
export interface HeapWalk {
  readonly quality: WalkQuality;
  readonly libc: string;
  /** Handed out and not freed: in-use chunks without tcache and fastbin entries, plus resident bytes of mmapped chunks. */
  readonly liveBytes: number;
  /** Free bytes on resident pages that also hold a live (or cached) byte: cannot be returned. */
  readonly pinnedBytes: number;
  /** Resident heap pages without a live or cached byte: a trim would return them. */
  readonly trimmableBytes: number;
  readonly swappedBytes: number;
  /** Bytes in chunks that have a mapping of their own (mallinfo2 `hblkhd`), and how many there are. */
  readonly mmappedBytes: number;
  readonly mmappedCount: number;
  /** Resident bytes of all arenas and mmapped chunks: liveResident + pinned + trimmable + metadata. */
  readonly residentBytes: number;
  /** Live bytes on resident pages: less than `liveBytes` when blocks were handed out and never touched. */
  readonly liveResidentBytes: number;
  /** Arena headers and fenceposts. */
  readonly metadataBytes: number;
  /** What malloc_trim(0) would give back: `trimmableBytes` without the tops of thread arenas, which it never touches. */
  readonly trimReturnsBytes: number;
  /** mallinfo2-compatible sums: arena, uordblks = in use (live + tcache + metadata), fordblks = binned + fast + top, fsmblks. */
  readonly arenaBytes: number;
  readonly inUseBytes: number;
  readonly tcacheBytes: number;
  readonly fastBytes: number;
  readonly binnedBytes: number;
  readonly topBytes: number;
  readonly arenaCount: number;
  /** Threads whose cache holds something. */
  readonly tcacheCount: number;
  readonly threadCount: number;
  /** Live chunks by size, largest total bytes first; empty unless asked for. */
  readonly census: readonly SizeClass[];
  /** What may be wrong with the reading, one line each. An `exact` one can have at most a locked arena. */
  readonly doubts: readonly string[];
  /** How long the target was held stopped for this reading; 0 when it was not. */
  readonly stoppedMs: number;
  readonly tries: number;
}

/** Why a heap could not be read. `reason` is one line that a person can act on. */
export interface HeapRefusal {
  readonly kind:
    | 'not-glibc'
    | 'unknown-version'
    | 'static'
    | 'other-allocator'
    | 'no-permission'
    | 'gone'
    | 'unsupported-setting'
    | 'corrupt'
    /** The layout cannot be told from outside, which need not be damage. */
    | 'ambiguous'
    | 'inconsistent';
  readonly reason: string;
  /** The allocator that is mapped instead, when it could be named. */
  readonly allocator?: string;
  /** How long the target was held stopped all the same. */
  readonly stoppedMs?: number;
}

/** A range of the target's memory that malloc uses, for the memory map. */
export interface HeapRange {
  readonly kind: 'malloc-arena' | 'malloc-mmapped';
  readonly start: number;
  readonly end: number;
  readonly residentBytes: number;
}

export type HeapReading =
  | { readonly state: 'read'; readonly walk: HeapWalk; readonly ranges: readonly HeapRange[] }
  | { readonly state: 'refused'; readonly refusal: HeapRefusal };

/** What a mapping is for. */
export type MappingClass =
  | 'malloc-arena'
  | 'malloc-mmapped'
  | 'stack'
  | 'managed'
  | 'code'
  | 'file-data'
  | 'shared'
  | 'other';

export interface MemoryMap {
  readonly rssBytes: number;
  readonly pssBytes: number;
  readonly ussBytes: number;
  readonly swapBytes: number;
  /** Private anonymous pages minus LazyFree: what a process holds that no file backs. */
  readonly anonymousBytes: number;
  /** Given back with MADV_FREE, still resident until the kernel needs the pages. */
  readonly lazyFreeBytes: number;
  /** Anonymous bytes in transparent huge pages: they make residency jump in steps of 2 MB. */
  readonly hugePageBytes: number;
  readonly peakRssBytes: number;
  readonly mappingCount: number;
  /** Stacks of threads that have ended and that nobody joined. */
  readonly endedStackCount: number;
  /** Resident bytes by class; together they are `rssBytes`. */
  readonly residentByClass: Readonly<Record<MappingClass, number>>;
}

/** Resident bytes of a process by what they are for; the parts are `residentBytes` to the byte. */
export interface MemoryBreakdown {
  readonly residentBytes: number;
  /** Live bytes on resident pages. */
  readonly liveBytes: number;
  readonly pinnedBytes: number;
  readonly trimmableBytes: number;
  /** A runtime's own heap: V8, CPython, Go. */
  readonly managedBytes: number;
  readonly stackBytes: number;
  /** Program and library files, and what a just-in-time compiler wrote. */
  readonly codeBytes: number;
  readonly sharedBytes: number;
  /** What nothing explains. Must stay flat. */
  readonly otherBytes: number;
}
