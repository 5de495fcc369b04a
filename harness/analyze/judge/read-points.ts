import type { SeriesPoints } from '../../contracts/trend.ts';

export interface Readable {
  readonly cycles: Float64Array;
  readonly values: Float64Array;
}

/** Unreadable samples are dropped, never filled in: a made-up value would be evidence nobody measured. */
export function readPoints({ cycles, values }: SeriesPoints): Readable {
  const kept = new Float64Array(cycles.length);
  const read = new Float64Array(cycles.length);
  let n = 0;
  let last = -Infinity;
  for (let i = 0; i < cycles.length; i += 1) {
    const cycle = cycles[i] as number;
    const value = values[i] as number;
    if (!Number.isFinite(cycle) || !Number.isFinite(value) || cycle <= last) continue;
    last = cycle;
    kept[n] = cycle;
    read[n] = value;
    n += 1;
  }
  return { cycles: kept.subarray(0, n), values: read.subarray(0, n) };
}
