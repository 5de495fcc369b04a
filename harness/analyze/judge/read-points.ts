import type { SeriesPoints } from '../../contracts/trend.ts';

export interface Readable {
  readonly cycles: Float64Array;
  readonly values: Float64Array;
}

/** Unreadable samples are dropped, never filled in: a made-up value would be evidence nobody measured. */
export function readPoints({ cycles, values }: SeriesPoints): Readable {
  const keep: number[] = [];
  let last = -Infinity;
  for (let i = 0; i < cycles.length; i += 1) {
    const cycle = cycles[i] ?? Number.NaN;
    if (!Number.isFinite(cycle) || !Number.isFinite(values[i]) || cycle <= last) continue;
    last = cycle;
    keep.push(i);
  }
  return {
    cycles: Float64Array.from(keep, (i) => cycles[i] ?? 0),
    values: Float64Array.from(keep, (i) => values[i] ?? 0),
  };
}
