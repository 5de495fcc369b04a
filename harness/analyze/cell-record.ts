import type {
  AllocatorProof,
  CheckpointName,
  LedgerEntry,
  SampleBody,
} from '../contracts/ledger.ts';
import type { CellPlan } from '../contracts/plan.ts';
import type { CellFailure } from '../contracts/result.ts';
import { type KnownClasses, shareCensus } from './share-census.ts';

type Started = Extract<LedgerEntry, { type: 'cell-started' }>;

/** All lines of one cell, sorted out. */
export interface CellRecord {
  readonly plan: CellPlan;
  readonly started: Started | null;
  readonly jobProof: AllocatorProof | null;
  /** At rest after a cycle (`left+gc`), or in a held call (`joined`), one per cycle, in order: what slopes are fitted on. */
  readonly samples: readonly SampleBody[];
  /** Every other look: start, during the call, idle tails. */
  readonly checkpoints: readonly SampleBody[];
  readonly retriedCycles: number;
  /** Cycles the runner meant to do in the end: fewer than planned when it stopped because all was decided. */
  readonly endedAfter: number | null;
  readonly failure: CellFailure | null;
}

/** The lines of one cell as far as they have come; a cell that is started again begins anew. */
export interface OpenRecord {
  readonly lines: LedgerEntry[];
  readonly classes: KnownClasses;
  hasEnded: boolean;
  hasSamples: boolean;
}

export const emptyRecord = (): OpenRecord => ({
  lines: [],
  classes: new Map(),
  hasEnded: false,
  hasSamples: false,
});

export function addLine(open: OpenRecord, line: LedgerEntry): void {
  open.lines.push(line.type === 'sample' ? { ...line, ...shareCensus(line, open.classes) } : line);
  if (line.type === 'sample') open.hasSamples = true;
  if (line.type === 'cell-ended' || line.type === 'cell-failed') open.hasEnded = true;
}

/** The lines of one start of a cell, sorted out. */
export function toRecord(plan: CellPlan, lines: readonly LedgerEntry[]): CellRecord {
  const samples = onePerCycle(lines.filter((line) => line.type === 'sample'));
  return {
    plan,
    started: lines.find((line) => line.type === 'cell-started') ?? null,
    jobProof: lines.find((line) => line.type === 'job-proven')?.proof ?? null,
    samples,
    checkpoints: lines.filter((line) => line.type === 'checkpoint'),
    retriedCycles: lines.filter((line) => line.type === 'cycle-retried').length,
    endedAfter: lines.find((line) => line.type === 'cell-ended')?.cycles ?? null,
    failure: failureOf(lines, samples.at(-1)?.cycle ?? 0),
  };
}

/** After a cycle that ended, and at the end of each slice of a call that is held. */
const PER_CYCLE: readonly CheckpointName[] = ['left+gc', 'joined'];

/** A cycle that was sampled twice counts with its last sample: the series must be strictly increasing. */
function onePerCycle(samples: readonly SampleBody[]): SampleBody[] {
  const byCycle = new Map<number, SampleBody>();
  for (const sample of samples) {
    if (sample.cycle >= 1 && PER_CYCLE.includes(sample.checkpoint)) {
      byCycle.set(sample.cycle, sample);
    }
  }
  return [...byCycle.values()].sort((a, b) => a.cycle - b.cycle);
}

function failureOf(lines: readonly LedgerEntry[], lastCycle: number): CellFailure | null {
  const failed = lines.find((line) => line.type === 'cell-failed');
  if (failed !== undefined) {
    return { kind: failed.kind, cycle: failed.cycle, reason: failed.reason };
  }
  if (lines.some((line) => line.type === 'cell-ended')) return null;
  if (lines.length === 0) {
    const reason = 'the ledger has no line of this cell';
    return { kind: 'internal', cycle: 0, reason, isOpen: true };
  }
  const reason = `the ledger stops before the cell ends, after cycle ${lastCycle}`;
  return { kind: 'internal', cycle: lastCycle, reason, isOpen: true };
}

/** A cell without a line in a run that was interrupted is no fault of the ledger. */
export const neverStarted: CellFailure = {
  kind: 'interrupted',
  cycle: 0,
  reason: 'not started: the run was interrupted',
};
