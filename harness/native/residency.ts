import { contradict, hex } from './errors.ts';
import type { TargetReader } from './reader.ts';

export const ABSENT = 0;
export const PRESENT = 1;
export const SWAPPED = 2;

/** What every page of a range was, before anything in it was read. One byte a page: 3 GB of heap cost 768 KB. */
export interface Residency {
  readonly start: number;
  readonly pageBytes: number;
  readonly pages: Uint8Array;
}

export interface PageCounts {
  readonly presentPages: number;
  readonly swappedPages: number;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Damaged books must not make us reserve memory without bound; half a terabyte costs 128 MB here. */
const MAX_BYTES = 2 ** 39;
const BATCH_PAGES = 32_768;
const batch = new Uint8Array(BATCH_PAGES * 8);
const words = new Int32Array(batch.buffer);

/**
 * Bit 63 of a pagemap entry says present, bit 62 swapped (https://docs.kernel.org/admin-guide/mm/pagemap.html).
 * Costs about 30 ns a page. Must come before any read of the memory itself: reading an absent page maps one.
 */
function scanPagemap(
  reader: TargetReader,
  range: Range,
  pageBytes: number,
  pages: Uint8Array | undefined,
): PageCounts {
  const first = Math.floor(range.start / pageBytes);
  const count = Math.ceil(range.end / pageBytes) - first;
  let presentPages = 0;
  let swappedPages = 0;
  for (let done = 0; done < count; ) {
    const wanted = Math.min(count - done, BATCH_PAGES);
    const got = reader.pagemap(first + done, batch, wanted);
    if (got !== wanted * 8) contradict(`pagemap ends at ${hex((first + done) * pageBytes)}`);
    for (let page = 0; page < wanted; page++) {
      const high = words[page * 2 + 1] as number;
      const state = high < 0 ? PRESENT : (high & 0x4000_0000) >>> 29;
      if (state === PRESENT) presentPages++;
      else if (state === SWAPPED) swappedPages++;
      if (pages !== undefined) pages[done + page] = state;
    }
    done += wanted;
  }
  return { presentPages, swappedPages };
}

export function readResidency(
  reader: TargetReader,
  range: Range,
  pageBytes: number,
): Residency & PageCounts {
  const start = Math.floor(range.start / pageBytes) * pageBytes;
  if (range.end - start > MAX_BYTES) contradict(`no heap is ${range.end - start} bytes long`);
  const pages = new Uint8Array(Math.ceil((range.end - start) / pageBytes));
  return { start, pageBytes, pages, ...scanPagemap(reader, range, pageBytes, pages) };
}

/** For ranges of any size: keeps nothing. */
export function countPages(reader: TargetReader, range: Range, pageBytes: number): PageCounts {
  return scanPagemap(reader, range, pageBytes, undefined);
}

export function isPresent(reader: TargetReader, address: number, pageBytes: number): boolean {
  const range = { start: address, end: address + pageBytes };
  return countPages(reader, range, pageBytes).presentPages === 1;
}
