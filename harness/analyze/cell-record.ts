import type { LedgerContents, LedgerEntry, SampleBody } from '../contracts/ledger.ts';
import type { CellPlan, RunPlan } from '../contracts/plan.ts';
import type { CellFailure } from '../contracts/result.ts';

type Started = Extract<LedgerEntry, { type: 'cell-started' }>;

/** All lines of one cell, sorted out. */
export interface CellRecord {
  readonly plan: CellPlan;
  readonly started: Started | null;
  /** At rest after a cycle (`left+gc`), one per cycle, in order: what slopes are fitted on. */
  readonly samples: readonly SampleBody[];
  /** Every other look: start, during the call, idle tails. */
  readonly checkpoints: readonly SampleBody[];
  readonly retriedCycles: number;
  /** Cycles the runner meant to do in the end: fewer than planned when it stopped because all was decided. */
  readonly endedAfter: number | null;
  readonly failure: CellFailure | null;
}

export interface Records {
  readonly records: readonly CellRecord[];
  readonly warnings: readonly string[];
}

/** Sorts a ledger by cell: those of the plan in its order, then any that only the ledger knows. */
export function sortByCell(plan: RunPlan, ledger: LedgerContents): Records {
  const byCell = new Map<string, LedgerEntry[]>();
  for (const entry of ledger.entries) {
    const lines = byCell.get(entry.cell);
    if (lines === undefined) byCell.set(entry.cell, [entry]);
    else lines.push(entry);
  }
  const warnings: string[] = [];
  const interrupted = ledger.entries.some(
    (entry) => entry.type === 'cell-failed' && entry.kind === 'interrupted',
  );
  const records = plan.cells.map((cell) =>
    toRecord(cell, byCell.get(cell.id) ?? [], { interrupted, warnings }),
  );
  const planned = new Set(plan.cells.map((cell) => cell.id));
  for (const [id, lines] of byCell) {
    if (planned.has(id)) continue;
    const started = lines.find((line) => line.type === 'cell-started');
    warnings.push(`cell ${id} is in the ledger and not in the plan`);
    if (started !== undefined)
      records.push(toRecord(started.plan, lines, { interrupted, warnings }));
  }
  return { records, warnings };
}

interface Surroundings {
  readonly interrupted: boolean;
  readonly warnings: string[];
}

function toRecord(plan: CellPlan, all: readonly LedgerEntry[], around: Surroundings): CellRecord {
  const lastStart = all.findLastIndex((line) => line.type === 'cell-started');
  if (all.slice(0, Math.max(0, lastStart)).some((line) => line.type === 'sample')) {
    around.warnings.push(`cell ${plan.id} was started more than once: only its last start is read`);
  }
  const lines = all.slice(Math.max(0, lastStart));
  const started = lines.find((line) => line.type === 'cell-started') ?? null;
  const samples = onePerCycle(lines.filter((line) => line.type === 'sample'));
  return {
    plan,
    started,
    samples,
    checkpoints: lines.filter((line) => line.type === 'checkpoint'),
    retriedCycles: lines.filter((line) => line.type === 'cycle-retried').length,
    endedAfter: lines.find((line) => line.type === 'cell-ended')?.cycles ?? null,
    failure: failureOf(lines, samples.at(-1)?.cycle ?? 0, around.interrupted),
  };
}

/** A cycle that was sampled twice counts with its last sample: the series must be strictly increasing. */
function onePerCycle(samples: readonly SampleBody[]): SampleBody[] {
  const byCycle = new Map<number, SampleBody>();
  for (const sample of samples) {
    if (sample.cycle >= 1 && sample.checkpoint === 'left+gc') byCycle.set(sample.cycle, sample);
  }
  return [...byCycle.values()].sort((a, b) => a.cycle - b.cycle);
}

function failureOf(
  lines: readonly LedgerEntry[],
  lastCycle: number,
  interrupted: boolean,
): CellFailure | null {
  const failed = lines.find((line) => line.type === 'cell-failed');
  if (failed !== undefined) {
    return { kind: failed.kind, cycle: failed.cycle, reason: failed.reason };
  }
  if (lines.some((line) => line.type === 'cell-ended')) return null;
  if (lines.length > 0) {
    const reason = `the ledger stops before the cell ends, after cycle ${lastCycle}`;
    return { kind: 'internal', cycle: lastCycle, reason };
  }
  return interrupted
    ? { kind: 'interrupted', cycle: 0, reason: 'not started: the run was interrupted' }
    : { kind: 'internal', cycle: 0, reason: 'the ledger has no line of this cell' };
}
