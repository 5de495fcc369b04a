/** How far a foreign heap could be read. `exact` is a measurement, `consistent` an estimate, `inconsistent` nothing. */
export type WalkQuality = 'exact' | 'consistent' | 'inconsistent';

export interface SizeClass {
  /** Chunk size in bytes as malloc keeps it: 16-byte aligned, header included. */
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
  /** Resident bytes of all arenas and mmapped chunks: live + pinned + trimmable + allocator metadata. */
  readonly residentBytes: number;
  /** mallinfo2-compatible sums: arena, uordblks = live + tcache, fordblks = binned + fast + top, fsmblks. */
  readonly arenaBytes: number;
  readonly inUseBytes: number;
  readonly tcacheBytes: number;
  readonly fastBytes: number;
  readonly binnedBytes: number;
  readonly topBytes: number;
  readonly arenaCount: number;
  readonly tcacheCount: number;
  /** Live chunks by size, largest total bytes first; the tail beyond `censusLimit` classes is summed up in `other`. */
  readonly census: readonly SizeClass[];
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
    | 'inconsistent';
  readonly reason: string;
  /** The allocator that is mapped instead, when it could be named. */
  readonly allocator?: string;
}

export type HeapReading =
  | { readonly state: 'read'; readonly walk: HeapWalk }
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
  readonly peakRssBytes: number;
  readonly mappingCount: number;
  /** Resident bytes by class; together they are `rssBytes`. */
  readonly residentByClass: Readonly<Record<MappingClass, number>>;
}
