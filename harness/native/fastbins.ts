import type { Arena } from './arenas.ts';
import { MIN_CHUNK_BYTES } from './chunks.ts';
import { contradict, hex } from './errors.ts';
import { revealLink, wordAt } from './peek.ts';
import type { TargetReader } from './reader.ts';

const CACHE_PAGES = 1024;
const PAGE = 4096;

/** Direct-mapped: neighbours in a list are often neighbours in memory, and a read costs as much as a whole page. */
interface PageCache {
  readonly tags: Float64Array;
  readonly bytes: Uint8Array;
}

function createPageCache(): PageCache {
  return {
    tags: new Float64Array(CACHE_PAGES).fill(-1),
    bytes: new Uint8Array(CACHE_PAGES * PAGE),
  };
}

const NODE_BYTES = 32;

/** A view of the 32 bytes at `address`; chunks are 16-byte aligned, so a node may lie on two pages. */
function readNode(reader: TargetReader, cache: PageCache, address: number, node: Uint8Array): void {
  const inPage = address % PAGE;
  if (inPage > PAGE - NODE_BYTES) {
    if (reader.memory(address, node, NODE_BYTES) !== NODE_BYTES)
      contradict(`a fastbin leads to ${hex(address)}, which cannot be read`);
    return;
  }
  const base = address - inPage;
  const slot = (base / PAGE) % CACHE_PAGES;
  const page = cache.bytes.subarray(slot * PAGE, slot * PAGE + PAGE);
  if (cache.tags[slot] !== base) {
    cache.tags[slot] = -1;
    if (reader.memory(base, page, PAGE) !== PAGE)
      contradict(`a fastbin leads to ${hex(address)}, which cannot be read`);
    cache.tags[slot] = base;
  }
  node.set(page.subarray(inPage, inPage + NODE_BYTES));
}

function isIn(arena: Arena, address: number): boolean {
  return arena.segments.some(({ start, end }) => address >= start && address < end);
}

interface Search {
  readonly reader: TargetReader;
  readonly safeLinking: boolean;
  readonly cache: PageCache;
  readonly node: Uint8Array;
  readonly view: DataView;
  readonly found: number[];
}

/** One list of one arena. `most` bounds it: a list that was damaged into a ring must not hang the walk. */
function followBin(search: Search, arena: Arena, bin: number, most: number): void {
  const { reader, cache, node, view, found } = search;
  const size = MIN_CHUNK_BYTES + bin * 16;
  for (let chunk = arena.fastbins[bin] ?? 0; chunk !== 0; ) {
    if (chunk % 16 !== 0 || !isIn(arena, chunk))
      contradict(`a fastbin leads out of its arena, to ${hex(chunk)}`);
    readNode(reader, cache, chunk, node);
    const sizeField = wordAt(view, 8);
    if (sizeField - (sizeField % 8) !== size)
      contradict(`the fastbin of ${size} bytes holds a chunk of another size at ${hex(chunk)}`);
    if (found.length >= most) contradict('a fastbin never ends');
    found.push(chunk);
    chunk = search.safeLinking ? revealLink(view, 16, chunk + 16) : wordAt(view, 16);
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
    const node = new Uint8Array(NODE_BYTES);
    const view = new DataView(node.buffer);
    const search = { reader, safeLinking, cache: createPageCache(), node, view, found };
    for (const arena of arenas) {
      const most = found.length + arena.systemBytes / MIN_CHUNK_BYTES;
      for (const bin of arena.fastbins.keys()) followBin(search, arena, bin, most);
    }
  }
  found.push(Number.POSITIVE_INFINITY);
  return Float64Array.from(found).sort();
}
