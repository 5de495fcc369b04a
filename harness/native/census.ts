import type { SizeClass } from '../contracts/native.ts';
import { SMALL_LIMIT } from './chunks.ts';

/** Live chunks by size. Mutable: the walk counts into it. */
export interface Census {
  /** Index: chunk size / 16. */
  readonly small: Int32Array;
  readonly large: Map<number, number>;
}

export function createCensus(): Census {
  return { small: new Int32Array(SMALL_LIMIT / 16), large: new Map() };
}

export function addLarge(census: Census, sizeBytes: number, count: number): void {
  census.large.set(sizeBytes, (census.large.get(sizeBytes) ?? 0) + count);
}

/** A chunk that was counted as used turned out to be in a tcache. */
export function takeOut(census: Census, sizeBytes: number): void {
  if (sizeBytes >= SMALL_LIMIT) addLarge(census, sizeBytes, -1);
  else census.small[sizeBytes / 16] = (census.small[sizeBytes / 16] as number) - 1;
}

export function classesOf(census: Census): SizeClass[] {
  const classes: SizeClass[] = [];
  for (let index = 0; index < census.small.length; index++) {
    const count = census.small[index] as number;
    if (count !== 0) classes.push({ sizeBytes: index * 16, count });
  }
  for (const [sizeBytes, count] of census.large)
    if (count !== 0) classes.push({ sizeBytes, count });
  return classes;
}

export function totalBytes(classes: readonly SizeClass[]): number {
  return classes.reduce((total, { sizeBytes, count }) => total + sizeBytes * count, 0);
}

/** Most bytes first, each size once: a chunk of the heap can be as large as one with a mapping of its own. */
export function largestFirst(classes: readonly SizeClass[]): SizeClass[] {
  const counts = new Map<number, number>();
  for (const { sizeBytes, count } of classes)
    counts.set(sizeBytes, (counts.get(sizeBytes) ?? 0) + count);
  const merged = [...counts].map(([sizeBytes, count]) => ({ sizeBytes, count }));
  return merged.sort((a, b) => b.sizeBytes * b.count - a.sizeBytes * a.count);
}
