import type { CellDisplay } from './display.ts';
import type { CellExplanation } from './explain.ts';
import type { BudgetCheck, CeilingCheck, Finding, RegressionReport } from './gate.ts';
import type { AllocatorProof, FailureKind, TargetFacts } from './ledger.ts';
import type { MetricInfo, Unit } from './measurement.ts';
import type { Budget, CellPlan, Pace, RunPlan } from './plan.ts';
import type { SeriesPoints, Trend } from './trend.ts';

export type ClassificationKind =
  | 'leak'
  | 'fragmentation'
  | 'retention'
  | 'warm-up'
  | 'steady'
  | 'mixed'
  | 'undecided';

/** `pass`, `warn`, `fail`, `inconclusive`: what gates. Inconclusive is never pass. `broken`: nothing was measured. */
export type VerdictKind = 'pass' | 'warn' | 'fail' | 'inconclusive' | 'broken';

export interface Evidence {
  /** Id of the rule in the classifier's table. */
  readonly rule: string;
  /** One sentence with numbers and units. */
  readonly says: string;
  readonly supports: ClassificationKind;
}

export interface Classification {
  readonly kind: ClassificationKind;
  /** What leaks (`native`, `managed`, `threads.x`, ...); empty when nothing does. */
  readonly leaking: readonly string[];
  readonly driver: 'cycles' | 'time' | null;
  /** Why, in one sentence. */
  readonly why: string;
  /** Undecided only: what would decide (more cycles, another allocator); null when nothing can be named. */
  readonly wouldDecide: string | null;
  readonly evidence: readonly Evidence[];
}

/** One metric of one cell: the series, what the judge says, and how it stands against its budget. */
export interface MetricAnalysis extends MetricInfo {
  readonly series: SeriesPoints;
  readonly trend: Trend;
  readonly budget: Budget | null;
  readonly check: 'pass' | 'warn' | 'fail' | 'inconclusive' | 'off';
  /** Samples in which the metric could not be read. */
  readonly missing: number;
  /** Only of a call that is held: so many cycles were a minute, and slopes and budget are per minute. */
  readonly cyclesPerMinute?: number;
  /** Undecided only because repeats of the cell differ: more repeats would decide, not more cycles. */
  readonly openedBySpread?: true;
  /** Interval of this process alone, where the spread between repeats made the one that gates wider. */
  readonly ownInterval?: readonly [low: number, high: number];
}

/** Where the resident memory is at one moment, in bytes; the parts sum to `resident`. */
export interface MemoryBreakdown {
  readonly cycle: number;
  readonly resident: number;
  /** Part id (`live`, `pinned`, `trimmable`, `managed`, `stacks`, `code`, `shared`, `other`) -> bytes. */
  readonly parts: Readonly<Record<string, number>>;
}

/** A size class of live chunks that grows with cycles. */
export interface SizeClassGrowth {
  readonly sizeBytes: number;
  /** Chunks that a cycle adds: what nearly every cycle adds where there is such a number, else the slope. */
  readonly countPerCycle: number;
  readonly bytesPerCycle: number;
  /** The whole number that `countPerCycle` is close to, or that nearly every cycle adds; else null. */
  readonly wholeMultiple: number | null;
}

export interface IdleTail {
  readonly kind: 'left' | 'joined';
  readonly seconds: number;
  /** Metric id -> change over the tail, in the metric's unit. */
  readonly change: Readonly<Record<string, number>>;
  /** Live bytes and counts that kept rising through the tail although nothing was done. */
  readonly rising: readonly string[];
}

export interface CellFailure {
  readonly kind: FailureKind;
  readonly cycle: number;
  readonly reason: string;
  /** The ledger has no end of this cell: `--resume` runs it again. */
  readonly isOpen?: true;
}

export interface CellAnalysis {
  readonly cell: CellPlan;
  readonly cyclesDone: number;
  readonly cyclesPlanned: number;
  readonly failure: CellFailure | null;
  readonly proof: AllocatorProof | null;
  /** Of the first process of a job that could be looked at; null where jobs have none, or none was seen for long enough. */
  readonly jobProof: AllocatorProof | null;
  readonly facts: TargetFacts | null;
  readonly metrics: readonly MetricAnalysis[];
  readonly breakdown: readonly MemoryBreakdown[];
  readonly sizeClasses: readonly SizeClassGrowth[];
  readonly idleTails: readonly IdleTail[];
  readonly classification: Classification;
  readonly display: CellDisplay;
  /** Only where the plan has ceilings. */
  readonly ceilings?: readonly CeilingCheck[];
  readonly quality: {
    readonly exactWalks: number;
    readonly consistentWalks: number;
    readonly failedWalks: number;
    readonly unsettledSamples: number;
    readonly retriedCycles: number;
    readonly stoppedMs: number;
    /** Distinct probe errors, one line each. */
    readonly probeErrors: readonly string[];
  };
}

/** The effect of changing exactly one axis. */
export interface CellComparison {
  readonly axis: 'scenario' | 'target' | 'executor' | 'allocator';
  readonly from: string;
  readonly to: string;
  readonly metric: string;
  readonly slopeFrom: number;
  readonly slopeTo: number;
  readonly answer: 'same' | 'allocator' | 'different' | 'undecided';
  readonly says: string;
}

/** The steps of one scenario, from the least to the most. */
export interface Ladder {
  /** Ids of the cells, in the order of the steps. */
  readonly cells: readonly string[];
  /** The first step that grows; null: none does, or which one is cannot be told. */
  readonly beginsAt: string | null;
  readonly says: string;
}

/** One metric over all repeats of a cell. */
export interface RepeatedMetric {
  readonly id: string;
  readonly title: string;
  readonly unit: Unit;
  /** Of a call that is held: slopes are per minute, not per cycle. */
  readonly isPerMinute?: true;
  /** Slope of each repeat that could be fitted, per cycle. */
  readonly slopes: readonly number[];
  /** Their mean. */
  readonly slopePerCycle: number;
  /** Of the mean, from the spread between the repeats alone. */
  readonly standardError: number;
  /** Two-sided 95 %, Student's t with one degree of freedom less than there are slopes. */
  readonly intervalLow: number;
  readonly intervalHigh: number;
}

/** What the repeats of one cell say together. */
export interface RepeatSummary {
  /** Id of the cell without its `#n`. */
  readonly cell: string;
  readonly runs: number;
  /** What each repeat was classified as, in order. */
  readonly found: readonly ClassificationKind[];
  /** Live bytes, else anonymous memory, and what grows in any repeat. */
  readonly metrics: readonly RepeatedMetric[];
  readonly says: string;
}

/** Two-sided 95 %; between the repeats where there are any. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** What a job leaves behind of one metric, per cycle at rest. */
export interface LeftBehind extends Estimate {
  readonly metric: string;
  readonly title: string;
  readonly unit: Unit;
  /** `grows` in every repeat, `settled` in every repeat (within its budget), or neither. */
  readonly state: 'grows' | 'settled' | 'open';
}

/** At rest after the last cycle, and the most of a usual cycle; null where it was not seen. */
export interface RestAndRunning {
  readonly atRest: number | null;
  readonly running: number | null;
}

export interface ExecutorRow {
  readonly executor: string;
  /** The repeats of one cell. */
  readonly cells: readonly string[];
  readonly found: readonly ClassificationKind[];
  /** Bytes first, then counts. */
  readonly leftBehind: readonly LeftBehind[];
  /** Bytes by which the peak of a cycle is over what was there before it; null when no cycle was seen, and in a held call. */
  readonly costWhileRunning: Estimate | null;
  /** Change of the first metric of `leftBehind` while nothing is done after the last cycle. */
  readonly afterIdle: { readonly seconds: number; readonly change: number } | null;
  readonly threads: RestAndRunning;
  readonly processes: RestAndRunning;
  /** Processes by role. */
  readonly roles: Readonly<Record<string, RestAndRunning>>;
}

/** Cells that are alike but for the executor. */
export interface ExecutorComparison {
  /** With its step, where the cells are steps of a ladder. */
  readonly scenario: string;
  readonly target: string;
  readonly allocator: string;
  /** `time`: of a call that is held; what is left behind is growth per minute of it, and rest is the call itself. */
  readonly pace: Pace;
  readonly rows: readonly ExecutorRow[];
  /** Per pair of executors: what switching would buy, and what it would hide. */
  readonly says: readonly string[];
}

/** A budget that everything stayed so far under that it would still pass with less. */
export interface TighterBudget {
  readonly metric: string;
  readonly maxPerCycle: number;
  readonly couldBe: number;
  readonly says: string;
}

export interface TruthCheck {
  readonly cell: string;
  readonly expected: readonly ClassificationKind[];
  readonly got: ClassificationKind | 'broken';
  readonly holds: boolean;
}

export interface CellVerdict {
  readonly cell: string;
  readonly verdict: VerdictKind;
  /** What made it so, in one sentence; for reports that have one line per cell. */
  readonly because: string;
}

/** What the ledger says, before anything is gated. */
export interface RunAnalysis {
  /** Every planned cell that was not skipped, in the order of the plan. */
  readonly cells: readonly CellAnalysis[];
  readonly comparisons: readonly CellComparison[];
  /** One per cell that ran more than once. */
  readonly repeats: readonly RepeatSummary[];
  /** Only where the plan names a baseline. */
  readonly regressions?: RegressionReport;
  /** One per scenario, target, executor, allocator and repeat that was run in steps. */
  readonly ladders: readonly Ladder[];
  /** One per group of cells that differ in their executor. */
  readonly executors: readonly ExecutorComparison[];
  readonly warnings: readonly string[];
  /** First and last `at` of the ledger; both are the plan's `createdAt` when the ledger is empty. */
  readonly startedAt: string;
  readonly finishedAt: string;
}

/** All that a report sees. */
export interface RunResult {
  readonly schemaVersion: 1;
  readonly runId: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly plan: RunPlan;
  readonly cells: readonly CellAnalysis[];
  readonly verdicts: readonly CellVerdict[];
  readonly comparisons: readonly CellComparison[];
  readonly repeats: readonly RepeatSummary[];
  readonly ladders: readonly Ladder[];
  readonly executors: readonly ExecutorComparison[];
  readonly tighterBudgets: readonly TighterBudget[];
  /** What gates, metric by metric, and how far it is from its limit. */
  readonly budgetChecks?: readonly BudgetCheck[];
  /** Everything that fails or warns, by fingerprint. */
  readonly findings?: readonly Finding[];
  readonly regressions?: RegressionReport;
  readonly truths: readonly TruthCheck[];
  readonly verdict: VerdictKind;
  readonly exitCode: number;
  /** Every exit code that applied, most important first. */
  readonly exitCodes: readonly number[];
  /** What a reader must know before trusting this: missing lines, host network, skipped cells. */
  readonly warnings: readonly string[];
  /** What `tidemark explain` found, when it was asked. */
  readonly explanations?: readonly CellExplanation[];
}
