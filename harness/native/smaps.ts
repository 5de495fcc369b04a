import { closeSync, openSync, readSync } from 'node:fs';
import { type Mapping, parseMapping } from './maps.ts';

/** One mapping with the counters that are used. All in bytes. */
export interface MappingUse extends Mapping {
  readonly rssBytes: number;
  readonly pssBytes: number;
  readonly privateBytes: number;
  readonly anonymousBytes: number;
  /** Pages that were given back with MADV_FREE and not taken yet. */
  readonly lazyFreeBytes: number;
  readonly swapBytes: number;
  /** Part of the anonymous bytes that lies in transparent huge pages. */
  readonly hugePageBytes: number;
}

type Counter = Exclude<keyof MappingUse, keyof Mapping>;
type Counters = { [key in Counter]: number };

const FIELDS: Readonly<Record<string, Counter>> = {
  Rss: 'rssBytes',
  Pss: 'pssBytes',
  Private_Clean: 'privateBytes',
  Private_Dirty: 'privateBytes',
  Anonymous: 'anonymousBytes',
  LazyFree: 'lazyFreeBytes',
  Swap: 'swapBytes',
  AnonHugePages: 'hugePageBytes',
};

function keyOf(text: Uint8Array, start: number, end: number): number {
  return ((end - start) << 16) | ((text[start] as number) << 8) | (text[start + 1] as number);
}

/** Length and the first two bytes tell all names of smaps apart: no string for each of a million lines. */
const BY_KEY = new Map<number, Counter>(
  Object.entries(FIELDS).map(([name, field]) => [keyOf(Buffer.from(name), 0, name.length), field]),
);

const NEWLINE = 10;
const COLON = 58;
const ZERO = 48;
const NINE = 57;
const LONGEST_NAME = 16;
const PIECE_BYTES = 1024 * 1024;

function emptyCounters(): Counters {
  return {
    rssBytes: 0,
    pssBytes: 0,
    privateBytes: 0,
    anonymousBytes: 0,
    lazyFreeBytes: 0,
    swapBytes: 0,
    hugePageBytes: 0,
  };
}

/** `Rss:    1234 kB` */
function addCounter(counters: Counters, text: Buffer, start: number, end: number): void {
  let colon = start + 2;
  const last = start + LONGEST_NAME;
  while (colon < last && text[colon] !== COLON) colon++;
  const field = BY_KEY.get(keyOf(text, start, colon));
  if (field === undefined) return;
  let kilobytes = 0;
  for (let at = colon + 1; at < end; at++) {
    const digit = text[at] as number;
    if (digit >= ZERO && digit <= NINE) kilobytes = kilobytes * 10 + digit - ZERO;
  }
  counters[field] += kilobytes * 1024;
}

interface Parse {
  readonly found: MappingUse[];
  mapping: Mapping | undefined;
  counters: Counters;
}

function finishMapping(parse: Parse): void {
  if (parse.mapping !== undefined) parse.found.push({ ...parse.mapping, ...parse.counters });
  parse.counters = emptyCounters();
}

/** Heads of mappings begin with a hexadecimal digit in lower case, counters with a capital letter. */
function takeLine(parse: Parse, text: Buffer, start: number, end: number): void {
  const first = text[start] as number;
  if (first > NINE && first < 97) {
    addCounter(parse.counters, text, start, end);
    return;
  }
  finishMapping(parse);
  parse.mapping = parseMapping(text.toString('latin1', start, end));
}

/** Takes whole lines; returns how many bytes of the last, unfinished one are left. */
function takeLines(parse: Parse, text: Buffer): number {
  let start = 0;
  for (let end = text.indexOf(NEWLINE); end >= 0; end = text.indexOf(NEWLINE, start)) {
    takeLine(parse, text, start, end);
    start = end + 1;
  }
  return text.length - start;
}

/**
 * Full smaps, not smaps_rollup, which cannot be classed. In pieces: the text of 60,000 mappings is 40 MB. Throws what
 * the system says when the process is gone or not ours.
 */
export function readSmaps(pid: number): MappingUse[] {
  const parse: Parse = { found: [], mapping: undefined, counters: emptyCounters() };
  const fd = openSync(`/proc/${pid}/smaps`, 'r');
  try {
    const piece = Buffer.alloc(PIECE_BYTES);
    let rest = 0;
    for (;;) {
      const got = readSync(fd, piece, rest, PIECE_BYTES - rest, null);
      if (got === 0) break;
      const text = piece.subarray(0, rest + got);
      rest = takeLines(parse, text);
      piece.copyWithin(0, text.length - rest, text.length);
    }
  } finally {
    closeSync(fd);
  }
  finishMapping(parse);
  return parse.found;
}
