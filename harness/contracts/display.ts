import type { CheckpointName } from './ledger.ts';
import type { SeriesPoints } from './trend.ts';

/** What a chart draws of one metric: thinned, ends and extremes kept. The whole series stays in `MetricAnalysis.series`. */
export interface DisplaySeries extends SeriesPoints {
  /** Height of the fitted line in the middle of its window, in the metric's unit; null without a fit. */
  readonly fitAtCentre: number | null;
}

/** Where the resident memory is, cycle by cycle, in bytes: every list is as long as `cycles`. */
export interface DisplayBreakdown {
  readonly cycles: readonly number[];
  readonly resident: readonly number[];
  /** Part id, as in `MemoryBreakdown` -> bytes. */
  readonly parts: Readonly<Record<string, readonly number[]>>;
}

/** The looks of an idle tail; `cycles` of each series are seconds since its first look. */
export interface DisplayTail {
  readonly kind: 'left' | 'joined';
  /** Metric id -> values; only what moved. */
  readonly metrics: Readonly<Record<string, SeriesPoints>>;
}

/** The first and the last look of each name; `left+gc` is the last sample at rest. */
export interface DisplayCheckpoint {
  readonly name: CheckpointName;
  readonly cycle: number;
  /** Metric id -> value, in the metric's unit; only what is judged, resident memory and totals. */
  readonly values: Readonly<Record<string, number>>;
}

/** What reports draw: small whatever the length of the run. Nothing is judged from it. */
export interface CellDisplay {
  /** Metric id -> series, for each metric that is judged or says where memory is. */
  readonly metrics: Readonly<Record<string, DisplaySeries>>;
  /** Null when no sample could tell. */
  readonly breakdown: DisplayBreakdown | null;
  readonly idleTails: readonly DisplayTail[];
  readonly checkpoints: readonly DisplayCheckpoint[];
}
