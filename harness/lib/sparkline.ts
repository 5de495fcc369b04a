const LEVELS = '▁▂▃▄▅▆▇█';

export interface SparklineOptions {
  readonly width: number;
  /** A rise smaller than this is drawn flat: without it the noise of a steady series fills the line. */
  readonly smallestRange: number;
}

/** One character per group of neighbouring values, at the height of their median. */
export function sparkline(values: readonly number[], options: SparklineOptions): string {
  const columns = Math.min(options.width, values.length);
  const heights = Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * values.length) / columns);
    const to = Math.floor(((column + 1) * values.length) / columns);
    return middle(values.slice(from, to));
  });
  const low = Math.min(...heights);
  const range = Math.max(...heights) - low;
  const scale = Math.max(range, options.smallestRange);
  const base = range < options.smallestRange ? (options.smallestRange - range) / (2 * scale) : 0;
  return heights
    .map((height) => character(base + (scale > 0 ? (height - low) / scale : 0.4)))
    .join('');
}

function character(share: number): string {
  const level = Math.min(LEVELS.length - 1, Math.max(0, Math.floor(share * LEVELS.length)));
  return LEVELS.charAt(level);
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
