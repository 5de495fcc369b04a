import type { Family } from './generators.ts';
import { seededSource } from './random.ts';
import type { Rival } from './rivals.ts';

export interface Trial {
  readonly family: Family;
  readonly points: number;
  readonly repetitions: number;
  readonly redraw: boolean;
  /** First seed; known rows and tests use 1, the full bench draws its own. */
  readonly seed: number;
}

export interface Rates {
  readonly growing: number;
  readonly steady: number;
}

/** How often each judge says growing and steady on the same series. */
export function measure(trial: Trial, judges: readonly Rival[]): readonly Rates[] {
  const counts = judges.map(() => ({ growing: 0, steady: 0 }));
  for (let i = 0; i < trial.repetitions; i += 1) {
    const series = drawSeries(trial, i);
    judges.forEach((rival, j) => {
      const answer = rival.judge(series);
      const count = counts[j];
      if (count !== undefined && answer !== 'other') count[answer] += 1;
    });
  }
  return counts.map(({ growing, steady }) => ({
    growing: growing / trial.repetitions,
    steady: steady / trial.repetitions,
  }));
}

/** One series of a family with the budget it is judged against; a leak's budget is never redrawn above its slope. */
export function drawSeries({ family, points, redraw, seed }: Trial, i: number) {
  const source = seededSource(seed * 100_003 + i * 7919 + points, redraw);
  const most = family.truth === 'leak' ? 1 : 3;
  const scale = family.kind === 'count' ? 1 : source.draw(1, 0.2, most);
  const values = family.make(source, points);
  return { values, budget: family.budget * scale, kind: family.kind };
}

/** Two standard errors of a proportion. */
export function twoErrors(p: number, repetitions: number): number {
  return 2 * Math.sqrt((p * (1 - p)) / repetitions);
}
