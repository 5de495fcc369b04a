import { ABSENT, PRESENT, type Residency, SWAPPED } from './residency.ts';

/**
 * `sizeof (struct malloc_chunk)`: malloc_trim keeps that much of a free chunk, since the links of its bin are in it
 * (mtrim in malloc/malloc.c).
 */
const KEPT_BYTES = 48;
/** MINSIZE: what systrim and heap_trim leave of a top chunk. */
const MIN_TOP_BYTES = 32;

/** A top that is not at the break (a thread arena's, or in a mapping) is never given back by malloc_trim. */
export type RunEnd = 'used' | 'main-top' | 'fixed-top';

/** Sums over runs of free chunks (fastbin chunks included: malloc_trim merges them first). */
export interface Slack {
  /** Pages without any live or cached byte that are resident. */
  trimmableBytes: number;
  /** The part that malloc_trim(0) gives back: it never touches a top that is not at the break. */
  trimReturnsBytes: number;
  /** Free bytes that are not resident: swapped out, returned earlier, or never touched. */
  notResidentBytes: number;
}

/** First address that could be returned, for a run that ends in a used chunk or in a top chunk. */
function firstReturnable(start: number, end: number, ending: RunEnd, pageBytes: number): number {
  if (ending === 'main-top') {
    // systrim: whole pages of what top has beyond MINSIZE + 1.
    const extra = end - start - MIN_TOP_BYTES - 1;
    return extra < pageBytes ? end : end - Math.floor(extra / pageBytes) * pageBytes;
  }
  const kept = ending === 'fixed-top' ? MIN_TOP_BYTES : KEPT_BYTES;
  return Math.ceil((start + kept) / pageBytes) * pageBytes;
}

export function addRun(
  slack: Slack,
  residency: Residency,
  run: { readonly start: number; readonly end: number; readonly ending: RunEnd },
): void {
  const { pageBytes, pages, start: base } = residency;
  const firstWhole = Math.ceil(run.start / pageBytes) - base / pageBytes;
  const end = Math.floor(run.end / pageBytes) - base / pageBytes;
  const free = firstReturnable(run.start, run.end, run.ending, pageBytes) / pageBytes;
  const firstFree = Math.ceil(free) - base / pageBytes;
  let returnable = 0;
  let missing = 0;
  for (let page = firstWhole; page < end; page++) {
    const state = pages[page] ?? ABSENT;
    if (state === PRESENT) returnable += page >= firstFree ? 1 : 0;
    else if (state === ABSENT || state === SWAPPED) missing++;
  }
  slack.trimmableBytes += returnable * pageBytes;
  if (run.ending !== 'fixed-top') slack.trimReturnsBytes += returnable * pageBytes;
  slack.notResidentBytes += missing * pageBytes;
}
