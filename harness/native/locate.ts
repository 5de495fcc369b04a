import { contradict, giveUp, refuse } from './errors.ts';
import type { Libc } from './find-libc.ts';
import { BIN_COUNT, FROM_BINS, FROM_SBRK_BASE, isInPieces } from './layout.ts';
import { canHoldMainHeap, RUN_AGAIN, SPLIT } from './main-pieces.ts';
import { type Mapping, mappingAt } from './maps.ts';
import { wordAt } from './peek.ts';
import type { TargetReader } from './reader.ts';

/** A copy of libc's writable data, and where in it the allocator keeps its books. */
export interface Books {
  /** Address of `main_arena`. */
  readonly mainArena: number;
  readonly sbrkBase: number;
  readonly mmappedBytes: number;
  readonly mmappedCount: number;
  readonly tcacheCount: number;
  /** The data that must be the same when the walk is over. */
  readonly data: DataView;
  readonly dataAddress: number;
}

interface Data {
  readonly view: DataView;
  readonly address: number;
}

/** Offsets from the start of libc's writable data. */
interface Place {
  readonly bins: number;
  readonly sbrkBase: number;
}

/** By file; both are proved at every use. */
const offsets = new Map<string, Place>();

const BIN_BYTES = 16;
const TAIL_BYTES = FROM_BINS.systemMemory + 16;
/** libc's initialised writable data is about 8 KB; main_arena and mp_ are both in it. */
const DATA_LIMIT = 1024 * 1024;

function writableData(reader: TargetReader, libc: Libc): Data {
  const mapping = libc.mappings.find(({ permissions }) => permissions.startsWith('rw'));
  if (mapping === undefined) return contradict('libc has no writable data');
  const bytes = Math.min(mapping.end - mapping.start, DATA_LIMIT);
  const content = new Uint8Array(bytes);
  const got = reader.memory(mapping.start, content, bytes);
  return { view: new DataView(content.buffer, 0, got), address: mapping.start };
}

function isOutside({ view, address }: Data, pointer: number): boolean {
  return (
    pointer % 16 === 0 &&
    pointer > 65_536 &&
    pointer < 2 ** 47 &&
    (pointer < address || pointer >= address + view.byteLength)
  );
}

/** An empty bin points at itself, as if it were a chunk 16 bytes before its own links. */
function looksLikeBins(data: Data, at: number): boolean {
  let empty = 0;
  for (let bin = 0; bin < BIN_COUNT; bin++) {
    const offset = at + bin * BIN_BYTES;
    const self = data.address + offset - BIN_BYTES;
    const forward = wordAt(data.view, offset);
    const backward = wordAt(data.view, offset + 8);
    if (forward === self && backward === self) empty++;
    else if (!isOutside(data, forward) || !isOutside(data, backward)) return false;
  }
  return empty > 0;
}

const links = new Uint8Array(32);
const linksView = new DataView(links.buffer);

/** Without this a match shifted by 8 bytes is accepted: every chunk in a bin must lead back to it. */
function binsLeadBack(reader: TargetReader, data: Data, at: number): boolean {
  for (let bin = 0; bin < BIN_COUNT; bin++) {
    const offset = at + bin * BIN_BYTES;
    const self = data.address + offset - BIN_BYTES;
    const forward = wordAt(data.view, offset);
    const backward = wordAt(data.view, offset + 8);
    if (forward === self && backward === self) continue;
    if (reader.memory(forward, links, 32) !== 32 || wordAt(linksView, 24) !== self) return false;
    if (reader.memory(backward, links, 32) !== 32 || wordAt(linksView, 16) !== self) return false;
  }
  return true;
}

function isBins(reader: TargetReader, data: Data, at: number): boolean {
  return (
    at >= 0 &&
    at + TAIL_BYTES <= data.view.byteLength &&
    looksLikeBins(data, at) &&
    binsLeadBack(reader, data, at)
  );
}

function findBins(reader: TargetReader, data: Data): number | undefined {
  for (let at = 0; at + TAIL_BYTES <= data.view.byteLength; at += 8)
    if (isBins(reader, data, at)) return at;
  return undefined;
}

/** What the word at sbrk_base must be. */
type IsBase = (value: number, at: number) => boolean;

/** The counters around sbrk_base must agree with each other. Tunables may change all the rest. */
function isSbrkBase(data: Data, at: number, isBase: IsBase, mmapCountAt: number): boolean {
  const { view } = data;
  if (at + mmapCountAt - 24 < 0 || at + 32 > view.byteLength) return false;
  if (!isBase(wordAt(view, at), at)) return false;
  const count = view.getInt32(at + mmapCountAt, true);
  const mostSoFar = view.getInt32(at + mmapCountAt + 8, true);
  const bytes = wordAt(view, at + FROM_SBRK_BASE.mmappedBytes);
  const mostBytes = wordAt(view, at + FROM_SBRK_BASE.maxMmappedBytes);
  return count >= 0 && mostSoFar >= count && mostBytes >= bytes && (count > 0 || bytes === 0);
}

function findSbrkBases(data: Data, isBase: IsBase, mmapCountAt: number): number[] {
  const found: number[] = [];
  for (let at = 0; at + 8 <= data.view.byteLength; at += 8)
    if (isSbrkBase(data, at, isBase, mmapCountAt)) found.push(at);
  return found;
}

/** No tunable sets more bins (2.42 has 76), larger cached blocks or longer lists. */
const MOST_TCACHE = { bins: 128, bytes: 4 * 1024 * 1024 + 4096, count: 65_535 } as const;

/**
 * The sums say nothing of where a main heap in pieces begins: then the word leads to memory that can hold it, and the
 * three numbers behind it are settings of the thread caches.
 */
function mayBeSbrkBase({ view }: Data, mappings: readonly Mapping[]): IsBase {
  return (value, at) => {
    const bins = wordAt(view, at + FROM_SBRK_BASE.tcacheBins);
    const bytes = wordAt(view, at + FROM_SBRK_BASE.tcacheBytes);
    const count = wordAt(view, at + FROM_SBRK_BASE.tcacheCount);
    if (bins < 1 || bins > MOST_TCACHE.bins) return false;
    if (bytes > MOST_TCACHE.bytes || count > MOST_TCACHE.count) return false;
    const mapping = mappingAt(mappings, value);
    return mapping !== undefined && canHoldMainHeap(mapping);
  };
}

function topEnd(reader: TargetReader, data: Data, bins: number): number {
  const top = wordAt(data.view, bins + FROM_BINS.top);
  if (!isOutside(data, top) || reader.memory(top, links, 16) !== 16)
    return contradict('the top chunk of the main arena cannot be read');
  return top + Math.floor(wordAt(linksView, 8) / 8) * 8;
}

/** As it is linked: alone in its ring, its bins not yet made. Then malloc was never called. */
function isUntouched(data: Data, libc: Libc): boolean {
  const { view, address } = data;
  for (let bins = libc.layout.binsAt; bins + TAIL_BYTES <= view.byteLength; bins += 8) {
    const self = address + bins - libc.layout.binsAt;
    if (wordAt(view, bins + FROM_BINS.next) === self && wordAt(view, bins) === 0) return true;
  }
  return false;
}

function locate(
  reader: TargetReader,
  libc: Libc,
  data: Data,
  mappings: readonly Mapping[],
): Place | undefined {
  const { mmapCountAt, binsAt } = libc.layout;
  const known = libc.key === undefined ? undefined : offsets.get(libc.key);
  const bins =
    known !== undefined && isBins(reader, data, known.bins) ? known.bins : findBins(reader, data);
  if (bins === undefined)
    return isUntouched(data, libc)
      ? undefined
      : contradict('the bins of the main arena do not lead back to it');
  const systemMemory = wordAt(data.view, bins + FROM_BINS.systemMemory);
  if (systemMemory === 0) return undefined;
  const expected = topEnd(reader, data, bins) - systemMemory;
  const isSplit = isInPieces(data.view, bins - binsAt);
  // The main heap grows from sbrk_base: base + system_mem is where top ends.
  const isBase = isSplit ? mayBeSbrkBase(data, mappings) : (value: number) => value === expected;
  if (known !== undefined && isSbrkBase(data, known.sbrkBase, isBase, mmapCountAt))
    return { bins, sbrkBase: known.sbrkBase };
  const [sbrkBase, other] = findSbrkBases(data, isBase, mmapCountAt);
  if (isSplit) {
    if (sbrkBase === undefined || other !== undefined)
      return giveUp(`${SPLIT}, and where it begins cannot be found: ${RUN_AGAIN}`);
    return { bins, sbrkBase };
  }
  if (sbrkBase === undefined)
    return contradict('the main heap does not end where its arena says it does');
  // Only what the sums have proved is remembered.
  if (libc.key !== undefined) offsets.set(libc.key, { bins, sbrkBase });
  return { bins, sbrkBase };
}

function refuseHugePages(view: DataView, sbrkBase: number, at: number | undefined): void {
  if (at === undefined) return;
  const transparent = wordAt(view, sbrkBase + at);
  const explicit = wordAt(view, sbrkBase + at + 8);
  if (transparent === 0 && explicit === 0) return;
  refuse(
    'unsupported-setting',
    `the tunable glibc.malloc.hugetlb=${explicit === 0 ? 1 : 2} is set: heaps then have other sizes; start the target without it`,
  );
}

/** Undefined when glibc's malloc has handed out nothing: another allocator stands in front of it. */
export function readBooks(
  reader: TargetReader,
  libc: Libc,
  mappings: readonly Mapping[],
): Books | undefined {
  const data = writableData(reader, libc);
  const at = locate(reader, libc, data, mappings);
  if (at === undefined) return undefined;
  const { view, address } = data;
  const { layout } = libc;
  refuseHugePages(view, at.sbrkBase, layout.hugePagesAt);
  return {
    mainArena: address + at.bins - layout.binsAt,
    sbrkBase: wordAt(view, at.sbrkBase),
    mmappedBytes: wordAt(view, at.sbrkBase + FROM_SBRK_BASE.mmappedBytes),
    mmappedCount: view.getInt32(at.sbrkBase + layout.mmapCountAt, true),
    tcacheCount: wordAt(view, at.sbrkBase + FROM_SBRK_BASE.tcacheCount),
    data: view,
    dataAddress: address,
  };
}
