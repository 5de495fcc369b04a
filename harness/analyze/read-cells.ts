import type { CellDisplay } from '../contracts/display.ts';
import type { LedgerEntry } from '../contracts/ledger.ts';
import type { CellPlan, RunPlan } from '../contracts/plan.ts';
import type { CellAnalysis } from '../contracts/result.ts';
import { describeQuality } from './cell-quality.ts';
import { addLine, emptyRecord, neverStarted, type OpenRecord, toRecord } from './cell-record.ts';
import { collectSeries } from './collect-series.ts';
import { displayLooks } from './display-looks.ts';
import { readIdleTails } from './idle-tails.ts';
import { judgeMetrics, readsNativeLive } from './judge-metrics.ts';
import { breakDownMemory } from './memory-breakdown.ts';
import { callTimeOf } from './per-minute.ts';
import type { CellView } from './scene.ts';
import { growingSizeClasses } from './size-classes.ts';
import { collectUnexplained } from './unexplained.ts';

/** A cell by itself, before it is seen among its siblings. */
export interface ReadCell
  extends Omit<CellAnalysis, 'cell' | 'metrics' | 'idleTails' | 'classification' | 'display'> {
  readonly view: CellView;
  readonly display: Omit<CellDisplay, 'metrics'>;
}

export interface ReadLedger {
  /** Those of the plan in its order, then any that only the ledger knows. */
  readonly read: readonly ReadCell[];
  readonly warnings: readonly string[];
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

/** Sorts the lines of a ledger by cell, and reads a cell as soon as it has ended and another starts. */
export function readCells(plan: RunPlan): {
  add: (entry: LedgerEntry) => void;
  finish: () => ReadLedger;
} {
  const planned = new Map(plan.cells.map((cell) => [cell.id, cell]));
  const open = new Map<string, OpenRecord>();
  const read = new Map<string, ReadCell>();
  const warnings = new Set<string>();
  let startedAt: string | null = null;
  let finishedAt: string | null = null;
  let interrupted = false;

  const close = (id: string, { lines }: OpenRecord): void => {
    const started = lines.find((line) => line.type === 'cell-started');
    const cell = planned.get(id) ?? started?.plan;
    open.delete(id);
    if (!planned.has(id)) warnings.add(`cell ${id} is in the ledger and not in the plan`);
    if (cell !== undefined) read.set(id, readCell(cell, lines, plan));
  };
  const startAgain = (id: string, before: OpenRecord | undefined): void => {
    for (const [other, record] of open) if (record.hasEnded && other !== id) close(other, record);
    if (before?.hasSamples || (read.get(id)?.cyclesDone ?? 0) > 0) {
      warnings.add(`cell ${id} was started more than once: only its last start is read`);
    }
    read.delete(id);
    open.set(id, emptyRecord());
  };

  return {
    add: (entry) => {
      if (startedAt === null || entry.at < startedAt) startedAt = entry.at;
      if (finishedAt === null || entry.at > finishedAt) finishedAt = entry.at;
      interrupted ||= entry.type === 'cell-failed' && entry.kind === 'interrupted';
      const id = entry.cell;
      if (entry.type === 'cell-started') startAgain(id, open.get(id));
      const record = open.get(id) ?? emptyRecord();
      if (read.has(id)) warnings.add(`cell ${id} has lines after its end: they were left out`);
      else open.set(id, record);
      addLine(record, entry);
    },
    finish: () => {
      for (const [id, record] of open) close(id, record);
      const missing = (cell: CellPlan): ReadCell => {
        const empty = readCell(cell, [], plan);
        return interrupted ? { ...empty, failure: neverStarted } : empty;
      };
      const cells = plan.cells.map((cell) => read.get(cell.id) ?? missing(cell));
      const others = [...read].filter(([id]) => !planned.has(id)).map(([, cell]) => cell);
      return { read: [...cells, ...others], warnings: [...warnings], startedAt, finishedAt };
    },
  };
}

function readCell(cell: CellPlan, lines: readonly LedgerEntry[], plan: RunPlan): ReadCell {
  const record = toRecord(cell, lines);
  const { samples, checkpoints, started, failure } = record;
  const collected = [...collectSeries(samples), ...collectUnexplained(samples)];
  const call = callTimeOf(cell, samples);
  const tail = checkpoints.findLast(({ checkpoint }) => checkpoint === 'left+idle') ?? null;
  return {
    view: {
      cell,
      metrics: judgeMetrics(collected, plan, { call, tail }),
      readsLive: readsNativeLive(collected),
      idleTails: readIdleTails({ samples, checkpoints, budgets: plan.budgets }),
      samples: samples.length,
    },
    cyclesDone: samples.at(-1)?.cycle ?? 0,
    // A cell that stopped because it was decided had no more cycles to do.
    cyclesPlanned: record.endedAfter ?? plan.settings.cycles,
    failure,
    proof: started?.proof ?? null,
    jobProof: record.jobProof,
    facts: started?.facts ?? null,
    breakdown: breakDownMemory(samples),
    display: displayLooks({ samples, checkpoints }, plan.cells.length),
    // Chunks per cycle say nothing of a call that is held.
    sizeClasses: call === null ? growingSizeClasses(samples) : [],
    quality: describeQuality(record),
  };
}
