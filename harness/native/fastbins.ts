import type { Arena } from './arenas.ts';
import { MIN_CHUNK_BYTES } from './chunks.ts';
import { contradict, hex } from './errors.ts';
import { revealLink, wordAt } from './peek.ts';
import type { TargetReader } from './reader.ts';

const CACHE_PAGES = 4096;
const PAGE = 4096;
const NODE_BYTES = 32;

/** Direct-mapped: neighbours in a list are often neighbours in memory, and a read costs as much as a whole page. */
interface PageCache {
  readonly tags: Float64Array;
  readonly pages: readonly Uint8Array[];
  /** Over all pages, and room for one node behind them. */
  readonly view: DataView;
  readonly spare: Uint8Array;
}

function createPageCache(): PageCache {
  const bytes = new Uint8Array(CACHE_PAGES * PAGE + NODE_BYTES);
  return {
    tags: new Float64Array(CACHE_PAGES).fill(-1),
    pages: Array.from({ length: CACHE_PAGES }, (_, slot) =>
      bytes.subarray(slot * PAGE, slot * PAGE + PAGE),
    ),
    view: new DataView(bytes.buffer),
    spare: bytes.subarray(CACHE_PAGES * PAGE),
  };
}

let shared: PageCache | undefined;

/** One for all walks, which never wait in the middle: making one, and collecting it, took longer than most walks. */
function emptyPageCache(): PageCache {
  shared ??= createPageCache();
  shared.tags.fill(-1);
  return shared;
}

/** Where in the cache's view the 32 bytes at `address` are; chunks are 16-byte aligned, so they may lie on two pages. */
function findNode(reader: TargetReader, cache: PageCache, address: number): number {
  const inPage = address % PAGE;
  const isSplit = inPage > PAGE - NODE_BYTES;
  const base = address - inPage;
  const slot = (base / PAGE) % CACHE_PAGES;
  if (!isSplit && cache.tags[slot] === base) return slot * PAGE + inPage;
  const into = isSplit ? cache.spare : (cache.pages[slot] ?? cache.spare);
  cache.tags[slot] = isSplit ? (cache.tags[slot] as number) : -1;
  if (reader.memory(isSplit ? address : base, into, into.length) !== into.length)
    contradict(`a fastbin leads to ${hex(address)}, which cannot be read`);
  if (isSplit) return CACHE_PAGES * PAGE;
  cache.tags[slot] = base;
  return slot * PAGE + inPage;
}

function isIn(arena: Arena, address: number): boolean {
  return arena.segments.some(({ start, end }) => address >= start && address < end);
}

interface Search {
  readonly reader: TargetReader;
  readonly safeLinking: boolean;
  readonly cache: PageCache;
  readonly found: number[];
}

/** One list of one arena. `most` bounds it: a list that was damaged into a ring must not hang the walk. */
function followBin(search: Search, arena: Arena, bin: number, most: number): void {
  const { reader, cache, found } = search;
  const { view } = cache;
  const size = MIN_CHUNK_BYTES + bin * 16;
  for (let chunk = arena.fastbins[bin] ?? 0; chunk !== 0; ) {
    if (chunk % 16 !== 0 || !isIn(arena, chunk))
      contradict(`a fastbin leads out of its arena, to ${hex(chunk)}`);
    const at = findNode(reader, cache, chunk);
    const sizeField = wordAt(view, at + 8);
    if (sizeField - (sizeField % 8) !== size)
      contradict(`the fastbin of ${size} bytes holds a chunk of another size at ${hex(chunk)}`);
    if (found.length >= most) contradict('a fastbin never ends');
    found.push(chunk);
    chunk = search.safeLinking ? revealLink(view, at + 16, chunk + 16) : wordAt(view, at + 16);
  }
}

/**
 * Start addresses of all fastbin chunks, ascending, ended by Infinity. They look used from their neighbours, so only
 * their lists tell. One read of a page per link at worst: about 2 us a chunk when the frees came in random order.
 */
export function readFastChunks(
  reader: TargetReader,
  arenas: readonly Arena[],
  safeLinking: boolean,
): Float64Array {
  const found: number[] = [];
  if (arenas.some(({ fastbins }) => fastbins.some((head) => head !== 0))) {
    const search = { reader, safeLinking, cache: emptyPageCache(), found };
    for (const arena of arenas) {
      const most = found.length + arena.systemBytes / MIN_CHUNK_BYTES;
      for (const bin of arena.fastbins.keys()) followBin(search, arena, bin, most);
    }
  }
  found.push(Number.POSITIVE_INFINITY);
  return Float64Array.from(found).sort();
}
