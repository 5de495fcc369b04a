import type { JudgeOptions, SeriesPoints, Trend } from '../../contracts/trend.ts';
import { readBatches } from './batch-rule.ts';
import { agesOf } from './curves.ts';
import { exactTail } from './exact-tail.ts';
import { findGrowth, type GrowthReading } from './find-growth.ts';
import { findJumps } from './jumps.ts';
import { readPoints } from './read-points.ts';
import { flatStory } from './stories.ts';
import { centreOf } from './tellings.ts';
import { describeTooFew, fewestCycles } from './too-few.ts';
import { type Evidence, trendFrom } from './trend-from.ts';

/** A count with budget 0 breaches when its slope is surely over this; 1 in 20 cycles is the slowest leak worth a name. */
const countLimit = 0.05;

/**
 * Does the series go up without bound, by more than the budget per cycle? Two readings answer: the batch rule
 * (`batch-rule.ts`), bold and robust, and the profile likelihood of the slope (`stories.ts`), which sees through
 * saw-teeth, warm-ups and steps. `find-growth.ts` says when which is believed, `shape-of.ts` names what is left.
 */
export function judgeSeries(points: SeriesPoints, options: JudgeOptions): Trend {
  const clean = readPoints(points);
  const { cycles, values } = clean;
  if (values.length < fewestCycles) return describeTooFew(clean, options);
  const limit = limitOf(options);
  const alpha = options.alpha ?? 0.01;
  const jumps = findJumps(values);
  const steadyAlpha = options.steadyAlpha ?? 0.05;
  const batches = readBatches({ cycles, values, limit, alpha, steadyAlpha });
  const ages = agesOf(cycles);
  const told = { cycles, jumps, ages, centre: centreOf(jumps.clipped, ages), limit };
  const flat = flatStory(told);
  // A series that is surely under its budget and never jumps needs no further look: most are, so this is what makes
  // a ledger cheap to judge.
  const quiet = batches.outcome === 'steady' && !batches.afterConcave && jumps.at.length === 0;
  const exact = exactTail(cycles, jumps, limit);
  // And where nothing is left to chance there is nothing to weigh.
  const sure = exact !== null && exact.low > limit;
  const growth: GrowthReading | null =
    quiet || sure ? null : findGrowth({ ...told, alpha, batches });
  const evidence: Evidence = {
    ...clean,
    limit,
    steadyAlpha,
    jumps,
    batches,
    growth,
    exact,
    flat,
    options,
  };
  return trendFrom(evidence);
}

export function limitOf(options: JudgeOptions): number {
  return options.kind === 'count'
    ? Math.max(options.budgetPerCycle, countLimit)
    : options.budgetPerCycle;
}
