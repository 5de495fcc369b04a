import { contradict, giveUp, hex } from './errors.ts';
import {
  BIN_COUNT,
  FASTBIN_COUNT,
  FROM_BINS,
  HEAP_MAX_BYTES,
  type HeapLayout,
  isInPieces,
} from './layout.ts';
import type { Books } from './locate.ts';
import { findMainPieces, isAtBreak, type Piece, RUN_AGAIN, SPLIT } from './main-pieces.ts';
import { type Mapping, mappingAt } from './maps.ts';
import { readStruct, wordAt } from './peek.ts';
import type { TargetReader } from './reader.ts';

/**
 * A run of chunks without a gap. The main arena is one, or several where the break was blocked; a thread arena has one in
 * each of its heaps.
 */
export interface Segment {
  /** Where the memory that system_mem counts begins: the heap, headers included. */
  readonly memoryStart: number;
  /** The first chunk. */
  readonly start: number;
  readonly end: number;
  /** Address of the top chunk that ends this segment; undefined where a fencepost ends it. */
  readonly top: number | undefined;
  /** Its top ends at the break, where malloc_trim can give it back. */
  readonly isAtBreak: boolean;
  readonly isMain: boolean;
}

export interface Arena {
  readonly address: number;
  readonly isMain: boolean;
  readonly systemBytes: number;
  readonly top: number;
  readonly topBytes: number;
  /** Another thread is inside malloc with this arena; its books may be half-written. */
  readonly isLocked: boolean;
  /** Heads of the fastbins, 0 when empty. */
  readonly fastbins: readonly number[];
  readonly segments: readonly Segment[];
  /** The structure as it was read: must be the same when the walk is over. */
  readonly image: DataView;
}

/** Far above what any program makes (8 a core), far below what could hang a walk. */
const ARENA_LIMIT = 65_536;
const HEAP_LIMIT = 1_048_576;

function alignUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}

function requireMapped(mappings: readonly Mapping[], start: number, end: number): void {
  let at = start;
  while (at < end) {
    const mapping = mappingAt(mappings, at);
    if (mapping === undefined || !mapping.permissions.startsWith('rw'))
      contradict(`heap memory at ${hex(at)} is not mapped`);
    at = mapping.end;
  }
}

interface Fields {
  readonly image: DataView;
  readonly top: number;
  readonly topBytes: number;
  readonly next: number;
  readonly systemBytes: number;
}

function readFields(reader: TargetReader, address: number, layout: HeapLayout): Fields {
  const image = readStruct(reader, address, layout.arenaBytes);
  const bins = layout.binsAt;
  const top = wordAt(image, bins + FROM_BINS.top);
  const topHead = wordAt(readStruct(reader, top, 16), 8);
  return {
    image,
    top,
    topBytes: Math.floor(topHead / 8) * 8,
    next: wordAt(image, bins + FROM_BINS.next),
    systemBytes: wordAt(image, bins + FROM_BINS.systemMemory),
  };
}

function fastbinsOf(image: DataView, layout: HeapLayout): number[] {
  const { fastbinsAt } = layout;
  if (fastbinsAt === undefined) return [];
  return Array.from({ length: FASTBIN_COUNT }, (_, bin) => wordAt(image, fastbinsAt + bin * 8));
}

interface Surroundings {
  readonly mappings: readonly Mapping[];
  readonly books: Books;
  readonly layout: HeapLayout;
  readonly pageBytes: number;
}

/** What the heads of the bins lead to must be in one of them. */
function requireBinsInside(
  { books, layout }: Surroundings,
  image: DataView,
  pieces: readonly Piece[],
): void {
  const { mainArena } = books;
  for (let at = layout.binsAt; at < layout.binsAt + BIN_COUNT * 16; at += 8) {
    const link = wordAt(image, at);
    const isOwn = link >= mainArena && link < mainArena + image.byteLength;
    if (!isOwn && !pieces.some(({ start, end }) => link >= start && link < end))
      giveUp(`${SPLIT}, and not all were found: ${RUN_AGAIN}`);
  }
}

/** The piece that holds top first, as the heaps of a thread arena are. */
function splitSegments(reader: TargetReader, fields: Fields, around: Surroundings): Segment[] {
  const { top, topBytes, systemBytes } = fields;
  const { mappings, pageBytes, books } = around;
  const { sbrkBase } = books;
  const pieces = findMainPieces(reader, mappings, { sbrkBase, top, systemBytes, pageBytes });
  requireBinsInside(around, fields.image, pieces);
  const last = pieces.find(({ start, end }) => top >= start && top < end);
  if (last?.end !== top + topBytes)
    return giveUp(`${SPLIT}, and none ends with the top chunk: ${RUN_AGAIN}`);
  return [last, ...pieces.filter((piece) => piece !== last)].map((piece) => ({
    memoryStart: piece.start,
    start: alignUp(piece.start, 16),
    end: piece.end,
    top: piece === last ? top : undefined,
    isAtBreak: piece === last && isAtBreak(mappings, piece.end),
    isMain: true,
  }));
}

function mainSegments(reader: TargetReader, fields: Fields, around: Surroundings): Segment[] {
  return isInPieces(fields.image, 0)
    ? splitSegments(reader, fields, around)
    : [mainSegment(around.books, fields)];
}

function mainSegment(books: Books, fields: Fields): Segment {
  const end = fields.top + fields.topBytes;
  if (books.sbrkBase + fields.systemBytes !== end)
    contradict('the main heap does not end where its arena says it does');
  return {
    memoryStart: books.sbrkBase,
    start: alignUp(books.sbrkBase, 16),
    end,
    top: fields.top,
    isAtBreak: true,
    isMain: true,
  };
}

/** Heaps of one arena, newest (which holds top) first, along heap_info.prev. */
function heapSegments(
  reader: TargetReader,
  arena: number,
  fields: Fields,
  layout: HeapLayout,
): Segment[] {
  const segments: Segment[] = [];
  const first = arena - layout.heapInfoBytes;
  let systemBytes = 0;
  let heap = Math.floor(fields.top / HEAP_MAX_BYTES) * HEAP_MAX_BYTES;
  for (;;) {
    const info = readStruct(reader, heap, 24);
    const previous = wordAt(info, 8);
    const bytes = wordAt(info, 16);
    if (wordAt(info, 0) !== arena || bytes > HEAP_MAX_BYTES || bytes < layout.heapInfoBytes)
      contradict(`the heap at ${hex(heap)} does not belong to the arena at ${hex(arena)}`);
    const header = heap === first ? layout.heapInfoBytes + layout.arenaBytes : layout.heapInfoBytes;
    segments.push({
      memoryStart: heap,
      start: alignUp(heap + header, 16),
      end: heap + bytes,
      top: segments.length === 0 ? fields.top : undefined,
      isAtBreak: false,
      isMain: false,
    });
    systemBytes += bytes;
    if (heap === first) break;
    if (previous % HEAP_MAX_BYTES !== 0 || previous === heap || segments.length > HEAP_LIMIT)
      contradict(`the heap at ${hex(heap)} has no valid predecessor`);
    if (systemBytes > fields.systemBytes) contradict('the heaps of an arena never end');
    heap = previous;
  }
  if (systemBytes !== fields.systemBytes)
    contradict(`the heaps of the arena at ${hex(arena)} do not add up to its system_mem`);
  return segments;
}

function checkSegments(mappings: readonly Mapping[], fields: Fields, segments: Segment[]): void {
  const [last] = segments;
  if (last === undefined || fields.top + fields.topBytes !== last.end)
    contradict(
      `the top chunk at ${hex(fields.top)} ends at ${hex(fields.top + fields.topBytes)}, but not its heap`,
    );
  for (const { memoryStart, start, end } of segments) {
    if (start > end) contradict(`the heap at ${hex(memoryStart)} ends before it begins`);
    requireMapped(mappings, memoryStart, end);
  }
}

/** The whole ring of arenas. A thread arena lies at the start of its first heap, right after heap_info. */
export function readArenas(reader: TargetReader, around: Surroundings): Arena[] {
  const { mappings, books, layout } = around;
  const arenas: Arena[] = [];
  const seen = new Set<number>();
  let address = books.mainArena;
  do {
    if (seen.has(address) || arenas.length >= ARENA_LIMIT)
      contradict('the ring of arenas does not close');
    seen.add(address);
    const isMain = address === books.mainArena;
    if (!isMain && address % HEAP_MAX_BYTES !== layout.heapInfoBytes)
      contradict(`${hex(address)} cannot be an arena`);
    const fields = readFields(reader, address, layout);
    const segments = isMain
      ? mainSegments(reader, fields, around)
      : heapSegments(reader, address, fields, layout);
    checkSegments(mappings, fields, segments);
    arenas.push({
      address,
      isMain,
      systemBytes: fields.systemBytes,
      top: fields.top,
      topBytes: fields.topBytes,
      isLocked: fields.image.getInt32(0, true) !== 0,
      fastbins: fastbinsOf(fields.image, layout),
      segments,
      image: fields.image,
    });
    address = fields.next;
  } while (address !== books.mainArena);
  return arenas;
}

/** The walk is a picture of one moment only if no arena changed while it was taken. */
export function requireUnchanged(reader: TargetReader, arenas: readonly Arena[]): void {
  for (const { address, image } of arenas) {
    const now = readStruct(reader, address, image.byteLength);
    for (let at = 0; at < image.byteLength; at += 4)
      if (now.getInt32(at, true) !== image.getInt32(at, true))
        contradict(`the arena at ${hex(address)} changed during the walk`);
  }
}
