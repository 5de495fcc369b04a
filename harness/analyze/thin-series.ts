import type { SeriesPoints } from '../contracts/trend.ts';

/**
 * At most so many points: both ends, and of each stretch between them its lowest and its highest. Min-max decimation,
 * the core of M4 (U. Jugel et al. 2014, VLDB 7/10): a line drawn through them covers the same rows of pixels.
 */
export function thinSeries({ cycles, values }: SeriesPoints, most: number): SeriesPoints {
  return pickPoints({ cycles, values }, placesToKeep(values, most));
}

/** The places of the points that `thinSeries` keeps, for series that are read together. */
export function placesToKeep(values: readonly number[], most: number): number[] {
  const count = values.length;
  if (count <= most) return [...values.keys()];
  const stretches = Math.max(1, (most - 2) >> 1);
  const kept = Array.from({ length: stretches }, (_, i) => {
    const from = 1 + Math.floor((i * (count - 2)) / stretches);
    const to = 1 + Math.floor(((i + 1) * (count - 2)) / stretches);
    return extremes(values, from, to);
  }).flat();
  return [0, ...kept, count - 1];
}

function extremes(values: readonly number[], from: number, to: number): number[] {
  let low = from;
  let high = from;
  for (let i = from; i < to; i += 1) {
    if (at(values, i) < at(values, low)) low = i;
    if (at(values, i) > at(values, high)) high = i;
  }
  if (low === high) return [low];
  return low < high ? [low, high] : [high, low];
}

/** The inner points of a level stretch change nothing in a line. */
export function withoutFlats({ cycles, values }: SeriesPoints): SeriesPoints {
  const bends = [...values.keys()].filter(
    (i) => values[i] !== values[i - 1] || values[i] !== values[i + 1],
  );
  return pickPoints({ cycles, values }, bends);
}

function pickPoints({ cycles, values }: SeriesPoints, places: readonly number[]): SeriesPoints {
  return { cycles: places.map((i) => at(cycles, i)), values: places.map((i) => at(values, i)) };
}

const at = (values: readonly number[], i: number): number => values[i] ?? 0;
