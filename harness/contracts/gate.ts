import type { Unit } from './measurement.ts';
import type { BudgetLevel, CellPlan } from './plan.ts';

/** Which cells something is for; an axis that is left out means all of it. */
export interface CellSelector {
  readonly scenario?: string;
  /** `rtc-node` for every version, `rtc-node@1.1.0` for one. */
  readonly target?: string;
  readonly executor?: string;
  readonly allocator?: string;
}

/** The most a metric may ever be at rest after a cycle, beside the budget for its growth. */
export interface Ceiling {
  /** A metric id, or a family with `.*`. */
  readonly metric: string;
  readonly level: BudgetLevel;
  /** In the metric's unit. */
  readonly max: number;
  readonly reason?: string;
  readonly only?: CellSelector;
}

/** A finding that is known and accepted for a time. */
export interface Suppression {
  readonly fingerprint: string;
  readonly reason: string;
  /** Where it is followed up. */
  readonly issue: string;
  /** The last day on which it counts, `2026-12-31`. */
  readonly expires: string;
  /** It is accepted up to this growth per cycle, in the metric's unit. */
  readonly maxPerCycle?: number;
}

export type Check = 'pass' | 'warn' | 'fail' | 'inconclusive' | 'off';

/** How one metric of one cell stands against its ceiling. */
export interface CeilingCheck {
  readonly metric: string;
  readonly title: string;
  readonly unit: Unit;
  readonly ceiling: Ceiling;
  /** Null when it could not be read. */
  readonly highest: number | null;
  readonly cycle: number | null;
  readonly check: Check;
}

/** Something that fails or warns, with the name by which it can be suppressed. */
export interface Finding {
  readonly cell: string;
  /** Stable from run to run, over versions and allocators. */
  readonly fingerprint: string;
  /** `native`, `threads.x`, `native.pinned`, `peak of memory.rss`. */
  readonly kind: string;
  /** The metric that shows it; null when none of the cell does. */
  readonly metric: string | null;
  /** Why it does not gate; null when it does. */
  readonly accepted: string | null;
  /** Why a suppression with this fingerprint does not count. */
  readonly refused: string | null;
}

/** One line of a table of budgets. */
export interface BudgetCheck {
  readonly cell: string;
  readonly metric: string;
  readonly title: string;
  readonly kind: 'growth' | 'ceiling' | 'baseline';
  readonly level: BudgetLevel;
  readonly check: Check;
  /** `at most 3 KiB of 16 KiB per cycle, 81 % below` */
  readonly says: string;
  readonly reason: string | null;
}

/** Growth of one metric of one cell over all its repeats: what is compared, and all that a baseline stores of it. */
export interface MetricRate {
  readonly slopePerCycle: number;
  /** Of one process, from the noise of its series. */
  readonly standardError: number;
  /** Standard deviation of the slope between processes; null with one. */
  readonly spread: number | null;
  readonly repeats: number;
  /** Cycles each slope rests on. */
  readonly cycles: number;
  /** False for what is shown and gates nothing. */
  readonly gates: boolean;
  /** Of a call that is held: all slopes are per minute. */
  readonly per?: 'minute';
}

export interface CellRates {
  readonly scenario: string;
  readonly target: string;
  readonly executor: string;
  readonly allocator: string;
  readonly classification: string;
  readonly metrics: Readonly<Record<string, MetricRate>>;
}

/** An accepted run, as a baseline file keeps it: no paths, no host. */
export interface AcceptedRun {
  readonly runId: string;
  readonly acceptedOn: string;
  readonly tidemarkVersion: string;
  readonly cells: readonly CellRates[];
}

/** What a run is held against. */
export interface Against {
  readonly name: string;
  readonly accepted: AcceptedRun;
  /** The first that is remembered, where that is another: what every release may add adds up. */
  readonly oldest?: AcceptedRun;
}

export type RegressionAnswer = 'worse' | 'better' | 'same' | 'undecided';

/** How the growth of one metric of one cell differs from what was accepted. */
export interface Regression {
  /** Id of the cell without its `#n`. */
  readonly cell: string;
  /** Target it was compared with, when that is another version. */
  readonly before: string;
  readonly metric: string;
  readonly title: string;
  readonly unit: Unit;
  readonly per?: 'minute';
  readonly slopeBefore: number;
  readonly slopeNow: number;
  readonly difference: number;
  /** Two-sided 95 % of the difference. */
  readonly intervalLow: number;
  readonly intervalHigh: number;
  /** More growth than before that is still accepted, per cycle. */
  readonly allowed: number;
  /** The smallest difference that would have been found nine times in ten; null when it cannot be told. */
  readonly couldSee: number | null;
  readonly answer: RegressionAnswer;
  readonly gates: boolean;
  readonly says: string;
}

export interface RegressionReport {
  readonly name: string;
  readonly metrics: readonly Regression[];
  /** Cells of one side that the other does not have, and what else limits the comparison. */
  readonly notes: readonly string[];
}

/** Which part of a plan a run is: all cells are named, so that the parts can be put together again. */
export interface ShardPlan {
  readonly index: number;
  readonly of: number;
  readonly cells: readonly CellPlan[];
}
