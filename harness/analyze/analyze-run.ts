import type { LedgerContents } from '../contracts/ledger.ts';
import type { RunPlan } from '../contracts/plan.ts';
import type { CellAnalysis, RunAnalysis } from '../contracts/result.ts';
import { describeQuality } from './cell-quality.ts';
import { type CellRecord, sortByCell } from './cell-record.ts';
import { classifyCell } from './classify-cell.ts';
import { collectSeries } from './collect-series.ts';
import { compareCells } from './compare-cells.ts';
import { readIdleTails } from './idle-tails.ts';
import { judgeMetrics, readsNativeLive } from './judge-metrics.ts';
import { breakDownMemory } from './memory-breakdown.ts';
import { type CellView, type Scene, setScenes } from './scene.ts';
import { growingSizeClasses } from './size-classes.ts';
import { summarizeRepeats } from './summarize-repeats.ts';
import { collectUnexplained } from './unexplained.ts';
import { widenByRepeats } from './widen-by-repeats.ts';

/** A cell with more unsettled samples than this was not measured at rest. */
const unsettledShare = 0.1;

/** Reads a ledger: what every metric of every cell does, what that makes the cell, and how cells compare. Pure. */
export function analyzeRun(plan: RunPlan, ledger: LedgerContents): RunAnalysis {
  const { records, warnings } = sortByCell(plan, ledger);
  const scenes = setScenes(widenByRepeats(records.map((record) => viewCell(record, plan))));
  const cells = records.flatMap((record, i) => {
    const scene = scenes[i];
    return scene === undefined ? [] : [analyzeCell(record, scene, plan)];
  });
  const times = ledger.entries.map(({ at }) => at).sort();
  return {
    cells,
    comparisons: compareCells(scenes.map(({ own }) => own)),
    repeats: summarizeRepeats(cells),
    warnings: [...ledger.problems, ...warnings, ...cells.flatMap(cellWarnings)],
    startedAt: times[0] ?? plan.createdAt,
    finishedAt: times.at(-1) ?? plan.createdAt,
  };
}

function viewCell({ plan: cell, samples, checkpoints }: CellRecord, plan: RunPlan): CellView {
  const collected = [...collectSeries(samples), ...collectUnexplained(samples)];
  return {
    cell,
    metrics: judgeMetrics(collected, plan),
    readsLive: readsNativeLive(collected),
    idleTails: readIdleTails({ samples, checkpoints, budgets: plan.budgets }),
    samples: samples.length,
  };
}

function analyzeCell(record: CellRecord, scene: Scene, plan: RunPlan): CellAnalysis {
  const { samples, started, failure } = record;
  return {
    cell: record.plan,
    cyclesDone: samples.at(-1)?.cycle ?? 0,
    // A cell that stopped because it was decided had no more cycles to do.
    cyclesPlanned: record.endedAfter ?? plan.settings.cycles,
    failure,
    proof: started?.proof ?? null,
    facts: started?.facts ?? null,
    metrics: scene.own.metrics,
    breakdown: breakDownMemory(samples),
    sizeClasses: growingSizeClasses(samples),
    idleTails: scene.own.idleTails,
    classification: classifyCell(scene, failure),
    quality: describeQuality(record),
  };
}

function cellWarnings(analysis: CellAnalysis): string[] {
  const { cell, cyclesDone, cyclesPlanned, failure, metrics, quality } = analysis;
  const unsettled = quality.unsettledSamples;
  const unread = metrics.filter(
    ({ role, missing, series }) => role === 'live' && missing > series.values.length,
  );
  return [
    ...(failure === null && cyclesDone < cyclesPlanned
      ? [`${cell.id}: only ${cyclesDone} of ${cyclesPlanned} cycles are in the ledger`]
      : []),
    ...(unsettled > unsettledShare * Math.max(cyclesDone, 1)
      ? [`${cell.id}: ${unsettled} samples were taken before the program was at rest`]
      : []),
    ...unread.map(
      ({ title, missing }) => `${cell.id}: ${title} could not be read in ${missing} samples`,
    ),
  ];
}
