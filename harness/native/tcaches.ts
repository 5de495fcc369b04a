import type { Arena } from './arenas.ts';
import { HEADER_BYTES, MIN_CHUNK_BYTES } from './chunks.ts';
import { contradict, hex } from './errors.ts';
import type { HeapLayout, TcacheLayout } from './layout.ts';
import { readStruct, revealLink, wordAt } from './peek.ts';
import type { TargetReader } from './reader.ts';

/** Bins of fixed chunk sizes 0x20, 0x30, ...; 2.42 has 12 more for large chunks of mixed sizes. */
const FIXED_BINS = 64;

export interface Tcaches {
  /** How many threads' caches hold something. */
  readonly count: number;
  /** Size of every cached chunk. */
  readonly chunkSizes: readonly number[];
  readonly bytes: number;
}

/** Used slots of one bin. */
function countOf(view: DataView, bin: number, layout: TcacheLayout, slots: number): number {
  const stored = layout.countBytes === 1 ? view.getUint8(bin) : view.getUint16(bin * 2, true);
  return layout.countsFreeSlots ? slots - stored : stored;
}

function entriesAt(layout: TcacheLayout): number {
  return Math.ceil((layout.bins * layout.countBytes) / 8) * 8;
}

/**
 * Bins where count and entry agree that something is cached, and bins where they contradict each other. One that is
 * damaged or just being changed must not pass for a block of the program's, or its chunks would count as live.
 */
interface Likeness {
  readonly good: number;
  readonly bad: number;
}

function isTcacheLike({ good, bad }: Likeness): boolean {
  return good > bad && (bad === 0 || good > 1);
}

/**
 * A cheap look at a chunk of the right size, in the window of the hot loop. `at` is the index of the first 32-bit word
 * behind the chunk's header.
 */
export function tcacheFilter(
  layout: TcacheLayout,
  slots: number,
): (words: Int32Array, at: number) => boolean {
  const entries = entriesAt(layout) / 4;
  const perWord = 4 / layout.countBytes;
  const bits = layout.countBytes * 8;
  const mask = 2 ** bits - 1;
  return (words, at) => {
    let good = 0;
    let bad = 0;
    for (let bin = 0; bin < layout.bins; bin++) {
      const word = words[at + Math.floor(bin / perWord)] as number;
      const stored = (word >>> ((bin % perWord) * bits)) & mask;
      const count = layout.countsFreeSlots ? slots - stored : stored;
      const low = words[at + entries + bin * 2] as number;
      const high = words[at + entries + bin * 2 + 1] as number;
      if (count === 0 && low === 0 && high === 0) continue;
      const isPointer = (low & 15) === 0 && high >>> 15 === 0 && (low | high) !== 0;
      if (isPointer && count > 0 && count <= slots) good++;
      else bad++;
    }
    return isTcacheLike({ good, bad });
  };
}

function isInHeap(arenas: readonly Arena[], address: number): boolean {
  return arenas.some(({ segments }) =>
    segments.some(({ start, end }) => address >= start && address < end),
  );
}

/** Everything that can be said without following a list: right counts, and entries that point into a heap. */
function likenessOf(
  view: DataView,
  layout: TcacheLayout,
  slots: number,
  arenas: readonly Arena[],
): Likeness {
  let good = 0;
  let bad = 0;
  for (let bin = 0; bin < layout.bins; bin++) {
    const count = countOf(view, bin, layout, slots);
    const entry = wordAt(view, entriesAt(layout) + bin * 8);
    if (count === 0 && entry === 0) continue;
    const isPlausible = count > 0 && count <= slots && entry % 16 === 0 && isInHeap(arenas, entry);
    if (isPlausible) good++;
    else bad++;
  }
  return { good, bad };
}

interface Search {
  readonly reader: TargetReader;
  readonly arenas: readonly Arena[];
  readonly layout: HeapLayout;
  /** `tcache_count` of the process: how many chunks a bin may hold. */
  readonly slots: number;
  /** User pointers of all chunks found so far: none can be in two lists. */
  readonly seen: Set<number>;
  readonly sizes: number[];
}

/** Follows one list. Entries are user pointers, 16 bytes behind the chunk; the link is the first word there. */
function followList(search: Search, bin: number, first: number, count: number): void {
  let entry = first;
  for (let left = count; left > 0; left--) {
    if (entry === 0 || entry % 16 !== 0 || !isInHeap(search.arenas, entry))
      contradict(`a tcache list is shorter than its count (bin ${bin})`);
    if (search.seen.has(entry)) contradict(`the chunk at ${hex(entry)} is in two tcache lists`);
    search.seen.add(entry);
    const view = readStruct(search.reader, entry - HEADER_BYTES, 24);
    const sizeField = wordAt(view, 8);
    const size = sizeField - (sizeField % 8);
    const isRight = bin < FIXED_BINS ? size === MIN_CHUNK_BYTES + bin * 16 : size % 16 === 0;
    if (!isRight) contradict(`the tcache bin ${bin} holds a chunk of ${size} bytes`);
    search.sizes.push(size);
    entry = search.layout.safeLinking ? revealLink(view, 16, entry) : wordAt(view, 16);
  }
  if (entry !== 0) contradict(`a tcache list is longer than its count (bin ${bin})`);
}

/**
 * A chunk that looks like a tcache must be one to the last link, or its thread is just changing it. Found by structure
 * and not by the keys of cached chunks, which old releases do not have.
 */
export function readTcaches(
  reader: TargetReader,
  candidates: readonly number[],
  context: { arenas: readonly Arena[]; layout: HeapLayout; slots: number },
): Tcaches {
  const layout = context.layout.tcache;
  const search: Search = { reader, ...context, seen: new Set(), sizes: [] };
  const bytes = entriesAt(layout) + layout.bins * 8;
  let count = 0;
  for (const chunk of candidates) {
    const view = readStruct(reader, chunk + HEADER_BYTES, bytes);
    const likeness = likenessOf(view, layout, context.slots, context.arenas);
    if (!isTcacheLike(likeness)) continue;
    if (likeness.bad > 0) contradict(`the thread cache at ${hex(chunk)} contradicts itself`);
    count++;
    for (let bin = 0; bin < layout.bins; bin++) {
      const entry = wordAt(view, entriesAt(layout) + bin * 8);
      const used = countOf(view, bin, layout, context.slots);
      if (used > 0 || entry !== 0) followList(search, bin, entry, used);
    }
  }
  return {
    count,
    chunkSizes: search.sizes,
    bytes: search.sizes.reduce((total, size) => total + size, 0),
  };
}
