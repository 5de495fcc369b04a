/** What a series looks like once the judge has read it. `judge-series.ts` documents how each is decided. */
export type Shape = 'steady' | 'warm-up' | 'growing' | 'decelerating' | 'stepped' | 'undecided';

/** One metric of one cell, one value per cycle, taken at rest. Times are cycle numbers, or seconds for an idle tail. */
export interface SeriesPoints {
  /** Strictly increasing; gaps are allowed (an unreadable sample is left out, never interpolated). */
  readonly cycles: readonly number[];
  /** Same length as `cycles`; the unit is the metric's. */
  readonly values: readonly number[];
}

export interface JudgeOptions {
  /** Growth per cycle that is still acceptable, in the metric's unit per cycle; 0 is allowed for counts. */
  readonly budgetPerCycle: number;
  /** One-sided error allowed for calling a series growing (default 0.01) after any correction for many metrics. */
  readonly alpha?: number;
  /** One-sided error allowed for calling a series steady (default 0.05): smaller when it is asked at several looks. */
  readonly steadyAlpha?: number;
  /** Integer counts (threads, descriptors) have no measurement noise, but saw-tooth by late teardown. */
  readonly kind?: 'bytes' | 'count';
  /**
   * Standard deviation this machine adds to an idle program's values, where it is known. A run calmer than that was lucky:
   * what it says it could have seen is raised to it. No shape and no interval changes.
   */
  readonly idleNoise?: number;
  /** What the unit is called in `reason` (default: bytes are written as B, KB, MB; counts as they are). */
  readonly unit?: string;
}

/**
 * The judge's answer for one series. All slopes are in the metric's unit per cycle.
 * The interval is the one that gates: two-sided 95 %, except that it never contradicts the shape (a steady series has
 * its upper bound at or under the budget, which is a one-sided 95 % statement; a growing one its lower bound over it;
 * an undecided one holds the budget inside).
 */
export interface Trend {
  readonly shape: Shape;
  readonly slopePerCycle: number;
  readonly intervalLow: number;
  readonly intervalHigh: number;
  /** The smallest growth per cycle this series could have shown with 90 % power; null when it had too few points. */
  readonly minimumDetectableSlope: number | null;
  /**
   * How many cycles in total would decide: of an undecided series from its noise, of a stepped one until its next step is
   * overdue; null when that is not asked or no number can be given.
   */
  readonly cyclesToDecide: number | null;
  /** The cycles the slope was fitted on (inclusive), after leading ones were dropped as warm-up. */
  readonly window: { readonly from: number; readonly to: number };
  /** Slope over the last part of the window: what a decelerating series still does at its end. */
  readonly endSlopePerCycle: number;
  /**
   * The slope of a straight line through the whole series with its standard error, whatever else the series may be: what an
   * undecided series is compared by with a sibling that surely grows. Left out when there were too few points.
   */
  readonly straight?: { readonly slope: number; readonly error: number } | undefined;
  /** Standard deviation of one value around the fit, in the metric's unit. */
  readonly noise: number;
  /** How many cycles the growth held for: a leak verdict can say nothing beyond its horizon. */
  readonly cyclesSeen: number;
  /**
   * p-value-like: how easily a series that stays within its budget would look like this one. Small only when shape is
   * `growing` or close to it; what a correction for many metrics sorts (`growthThatHolds`).
   */
  readonly pGrowing: number;
  /** One plain sentence: why this shape. */
  readonly reason: string;
}

/**
 * The most that a series may still do at its end, which is what gates. Of one that slows down that is the upper end about
 * its last slope, and never less than that slope.
 */
export function mostAtEnd({ shape, intervalHigh, endSlopePerCycle }: Trend): number {
  if (shape === 'decelerating') return Math.max(intervalHigh, endSlopePerCycle);
  return intervalHigh;
}
