import type { Curve } from './curves.ts';
import { likelihoodAt, type Peak, shrinkCharge } from './slope-profile.ts';
import type { StoryInput, Telling } from './tellings.ts';

/** A slope, and 2 x log-likelihood of a telling with that slope less what its levels and its curve cost. */
export interface Held {
  readonly slope: number;
  readonly score: number;
}

/** A telling held on both sides of the limit. */
export interface Scored {
  readonly telling: Telling;
  /** With the slope free, its curve not charged. */
  readonly free: number;
  readonly growing: Held;
  readonly bounded: Held;
  /** Both scores with the charges of the other side. */
  readonly doubt: { readonly growing: number; readonly bounded: number };
}

/** A warm-up is common, so a bounded story gets its curve cheaply; a growing one must show the bend. */
const boundedCharge = 3;
const growingCharge = 8;
/** No warm-up follows a formula better than this: growth must not rest on how exactly one does. */
const curveError = 0.0003;

export function scoreTelling(telling: Telling, { limit, cycles }: StoryInput): Scored {
  const { ridge, curve, charge } = telling;
  const n = cycles.length;
  const cheap = charge + (curve === null ? 0 : boundedCharge);
  const dear = charge + (curve === null ? 0 : growingCharge + misfit(ridge.free, curve, n));
  const { over, under } = ridge;
  const grown = over.slope > limit ? over.likelihood : likelihoodAt(over, limit, n);
  const kept = under.slope > limit ? likelihoodAt(under, limit, n) : under.likelihood;
  const bounded = boundedHeld(telling, kept, { limit, n });
  return {
    telling,
    free: ridge.free.likelihood - charge,
    growing: { slope: Math.max(over.slope, limit), score: grown - dear },
    bounded: { slope: bounded.slope, score: bounded.score - cheap },
    // Doubt of growth is no doubt of shrinking: that is free here.
    doubt: { growing: grown - cheap, bounded: kept - dear },
  };
}

interface Limits {
  readonly limit: number;
  readonly n: number;
}

/** A rise that comes to shrink pays for that, or is held level. */
function boundedHeld({ ridge, curve }: Telling, kept: number, { limit, n }: Limits): Held {
  const { under } = ridge;
  const slope = Math.min(under.slope, limit);
  if (curve === null || slope >= 0 || under.size <= 0) return { slope, score: kept };
  const level = Math.min(0, limit);
  const held = likelihoodAt(under, level, n);
  const paid = kept - shrinkCharge;
  return held > paid ? { slope: level, score: held } : { slope, score: paid };
}

/** 2 x log-likelihood a growing story loses when its curve is only known to `curveError`. */
function misfit(peak: Peak, { values }: Curve, n: number): number {
  const rise = peak.size * ((values[n - 1] ?? 0) - (values[0] ?? 0));
  return n * Math.log(1 + (n * (curveError * rise) ** 2) / peak.rss);
}
