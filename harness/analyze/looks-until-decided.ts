import { defaultLooks } from './judge/looks.ts';

/**
 * After which cycles a run of at most so many that goes on until it is decided is looked at: the judge's looks, further
 * ones at twice the distance each, and its end.
 */
export function looksUntilDecided(mostCycles: number): number[] {
  const looks: number[] = [...defaultLooks];
  const last = (): number => looks.at(-1) ?? mostCycles;
  while (last() < mostCycles) looks.push(2 * last());
  return [...looks.filter((look) => look < mostCycles), mostCycles];
}

/** What one look may spend of the error; a run that is shorter than the judge's looks does not spend more at each. */
export const shareOfLook = (mostCycles: number): number =>
  1 / Math.max(defaultLooks.length, looksUntilDecided(mostCycles).length);
