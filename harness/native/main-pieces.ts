import { HEADER_BYTES, MIN_CHUNK_BYTES, PREV_INUSE } from './chunks.ts';
import { giveUp, refuse } from './errors.ts';
import { isPrivateAnonymous, type Mapping, mappingAt } from './maps.ts';
import type { TargetReader } from './reader.ts';
import { PRESENT, type Residency, readResidency, SWAPPED } from './residency.ts';
import { createWindow, loadWindow, resetWindow, type Window } from './window.ts';

/**
 * When the break cannot be moved (something was mapped behind it), malloc goes on with mappings (sysmalloc in
 * malloc/malloc.c). Nothing lists them. Each is whole pages and a chain of chunks from its first byte to the
 * fenceposts that end it, or to top; together they are system_mem. They are often of 1 MB, but not in all releases.
 */
export interface Piece {
  readonly start: number;
  readonly end: number;
}

export const SPLIT =
  'the main heap is in several pieces, because something is mapped right behind the break';
export const RUN_AGAIN = 'run it again, the layout of memory is different at every start';

const BREAK_PATH = '[heap]';
const FENCEPOST_BYTES = 16;
const HIGH = 2 ** 32;
/** Foreign memory that looks like chunks must not hang the walk: as long may be spent on chains that lead nowhere. */
const WASTE_LIMIT_MS = 500;
/** Address space is cheap: what is larger (64 GB) was reserved and is no heap. */
const GROUND_LIMIT = 2 ** 36;

/** Memory in which pieces can lie. */
interface Ground {
  readonly start: number;
  readonly end: number;
}

interface Surveyed extends Ground {
  readonly residency: Residency;
}

interface Search {
  readonly reader: TargetReader;
  readonly window: Window;
  readonly pageBytes: number;
  readonly top: number;
  wastedMs: number;
  isPartlySwapped: boolean;
}

export function canHoldMainHeap(mapping: Mapping): boolean {
  const isBreak = mapping.path === BREAK_PATH && mapping.permissions.startsWith('rw');
  return isBreak || isPrivateAnonymous(mapping);
}

/** Whether memory ends here because the break is here: only then malloc_trim gives the top back. */
export function isAtBreak(mappings: readonly Mapping[], end: number): boolean {
  const mapping = mappingAt(mappings, end - 1);
  return mapping?.path === BREAK_PATH && mapping.end === end;
}

/** Mappings that meet are one: protections that differ for a while split them, and a piece may lie across. */
function groundsOf(mappings: readonly Mapping[]): Ground[] {
  const grounds: Ground[] = [];
  for (const { start, end } of mappings.filter(canHoldMainHeap)) {
    const last = grounds.at(-1);
    if (last?.end === start) grounds[grounds.length - 1] = { start: last.start, end };
    else grounds.push({ start, end });
  }
  return grounds.filter(({ start, end }) => end - start <= GROUND_LIMIT);
}

function without(ground: Ground, piece: Piece): Ground[] {
  if (piece.start >= ground.end || piece.end <= ground.start) return [ground];
  const below = { ...ground, end: Math.min(piece.start, ground.end) };
  const above = { ...ground, start: Math.max(piece.end, ground.start) };
  return [below, above].filter(({ start, end }) => start < end);
}

function survey({ reader, pageBytes }: Search, ground: Ground): Surveyed {
  return { ...ground, residency: readResidency(reader, ground, pageBytes) };
}

/** Index of the header's first word in the window; -1 where no page is resident: none is ever made so by a look. */
function bring(search: Search, ground: Surveyed, at: number): number {
  const { window, pageBytes, reader } = search;
  if (at + HEADER_BYTES > ground.end) return -1;
  if (at < window.base || at + HEADER_BYTES > window.end) {
    const { residency } = ground;
    const state = residency.pages[Math.floor((at - residency.start) / pageBytes)];
    if (state === SWAPPED) search.isPartlySwapped = true;
    if (state !== PRESENT) return -1;
    loadWindow(window, reader, residency, at, ground.end);
  }
  return (at - window.base) >> 2;
}

/**
 * The end of a piece, which begins with a chunk of 16 bytes, as none of the program's has; 0 when it is none. They are two,
 * or three where top was 48 bytes long: the first is then what is left of it.
 */
function endOfFenceposts(search: Search, ground: Surveyed, first: number): number {
  for (let posts = 2; posts <= 3; posts++) {
    const at = first + (posts - 1) * FENCEPOST_BYTES;
    const index = bring(search, ground, at);
    if (index < 0) return 0;
    const { words } = search.window;
    if (words[index + 2] !== (FENCEPOST_BYTES | PREV_INUSE) || words[index + 3] !== 0) return 0;
    if ((at + FENCEPOST_BYTES) % search.pageBytes === 0) return at + FENCEPOST_BYTES;
  }
  return 0;
}

/** Where the chain of chunks from here ends its piece; 0 when it is none. */
function follow(search: Search, ground: Surveyed, from: number): number {
  const { words } = search.window;
  for (let at = from; ; ) {
    const index = bring(search, ground, at);
    if (index < 0) return 0;
    const low = words[index + 2] as number;
    const high = words[index + 3] as number;
    const size = (low >>> 0) - (low & 15) + high * HIGH;
    if ((low & 15 & ~PREV_INUSE) !== 0 || high < 0) return 0;
    if (at === search.top) return at + size;
    if (size === FENCEPOST_BYTES) return endOfFenceposts(search, ground, at);
    if (size < MIN_CHUNK_BYTES) return 0;
    at += size;
  }
}

/** The word before the first chunk is never written, and nothing before it can be free. */
function mayBegin(search: Search, ground: Surveyed, at: number): boolean {
  const index = bring(search, ground, at);
  if (index < 0) return false;
  const { words } = search.window;
  const isUnwritten = words[index] === 0 && words[index + 1] === 0;
  return isUnwritten && ((words[index + 2] as number) & 15) === PREV_INUSE;
}

function cannotTell(): never {
  return giveUp(`${SPLIT}, and they could not be told apart: ${RUN_AGAIN}`);
}

function followInTime(search: Search, ground: Surveyed, at: number): number {
  const started = performance.now();
  const end = follow(search, ground, at);
  if (end === 0) search.wastedMs += performance.now() - started;
  if (search.wastedMs > WASTE_LIMIT_MS) cannotTell();
  return end;
}

/** Everything in a ground that is like a piece: a start at a page that is resident, and a chain to an end. */
function scan(search: Search, ground: Surveyed): Piece[] {
  const pieces: Piece[] = [];
  resetWindow(search.window);
  for (let at = ground.start; at < ground.end; ) {
    const end = mayBegin(search, ground, at) ? followInTime(search, ground, at) : 0;
    if (end > 0) pieces.push({ start: at, end });
    at = end > 0 ? end : at + search.pageBytes;
  }
  return pieces;
}

/**
 * All pieces of the main heap. The search does not end where enough is found: foreign memory that is like a piece (left by
 * another copy of malloc, say) could stand for one of them. Only when all that is like one adds up, it is they.
 */
export function findMainPieces(
  reader: TargetReader,
  mappings: readonly Mapping[],
  books: {
    readonly sbrkBase: number;
    readonly top: number;
    readonly systemBytes: number;
    readonly pageBytes: number;
  },
): Piece[] {
  const { sbrkBase, top, systemBytes, pageBytes } = books;
  const window = createWindow();
  const search = { reader, window, pageBytes, top, wastedMs: 0, isPartlySwapped: false };
  const grounds = groundsOf(mappings);
  const home = grounds.find(({ start, end }) => sbrkBase >= start && sbrkBase < end);
  if (home === undefined)
    return giveUp(`${SPLIT}, and the first is not where malloc says: ${RUN_AGAIN}`);
  // The first alone need not begin with a page.
  const end = follow(search, survey(search, home), Math.ceil(sbrkBase / 16) * 16);
  const first = { start: sbrkBase, end };
  const rest = end === 0 ? [] : grounds.flatMap((ground) => without(ground, first));
  const pieces = [first, ...rest.flatMap((ground) => scan(search, survey(search, ground)))];
  const bytes = pieces.reduce((sum, piece) => sum + piece.end - piece.start, 0);
  if (end > 0 && bytes === systemBytes) return pieces;
  if (search.isPartlySwapped)
    refuse(
      'unsupported-setting',
      `${SPLIT}, and a part of it is swapped out: judge by anonymous residency and swap`,
    );
  return cannotTell();
}
