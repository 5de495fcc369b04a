import { contradict, hex, refuse } from './errors.ts';
import type { TargetReader } from './reader.ts';
import { PRESENT, type Residency, SWAPPED } from './residency.ts';

/** Small enough for the second-level cache, so that the pass over it costs no memory traffic of its own. */
const MAX_BYTES = 256 * 1024;

/** The part of the target's memory that is at hand. */
export interface Window {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  base: number;
  end: number;
  /** How much to read next time: grows while chunks follow each other, shrinks when large ones are jumped over. */
  wanted: number;
}

export function createWindow(): Window {
  const bytes = new Uint8Array(MAX_BYTES);
  return { bytes, words: new Int32Array(bytes.buffer), base: 0, end: 0, wanted: 0 };
}

export function resetWindow(window: Window): void {
  window.base = 0;
  window.end = 0;
}

function adapt(window: Window, position: number, pageBytes: number): void {
  const length = window.end - window.base;
  const isNext = position >= window.end && position < window.end + pageBytes;
  window.wanted = isNext ? Math.min(length * 2, MAX_BYTES) : pageBytes;
}

/**
 * Brings the page of `position` and the present pages after it into the window. A page that is not present is never
 * read: that would map it and falsify the residency that is being measured.
 */
export function loadWindow(
  window: Window,
  reader: TargetReader,
  residency: Residency,
  position: number,
  end: number,
): void {
  const { pageBytes, pages } = residency;
  adapt(window, position, pageBytes);
  const base = Math.floor(position / pageBytes) * pageBytes;
  const first = (base - residency.start) / pageBytes;
  const last = Math.min(first + window.wanted / pageBytes, pages.length);
  let page = first;
  while (page < last && pages[page] === PRESENT) page++;
  if (page === first) {
    if (pages[first] === SWAPPED)
      refuse(
        'unsupported-setting',
        `part of the heap is swapped out (at ${hex(position)}): reading it would bring it back; judge by anonymous residency and swap`,
      );
    contradict(`a chunk header should be at ${hex(position)}, where no page is resident`);
  }
  const length = Math.min((page - first) * pageBytes, end - base);
  const got = reader.memory(base, window.bytes, length);
  if (got !== length) contradict(`the heap at ${hex(base)} can no longer be read`);
  window.base = base;
  window.end = base + length;
}
