import type { LedgerContents, LedgerEntry } from '../contracts/ledger.ts';
import type { RunPlan } from '../contracts/plan.ts';
import type { CellAnalysis, RunAnalysis } from '../contracts/result.ts';
import { budgetsWithoutCells } from './budgets-without-cells.ts';
import { classifyCell } from './classify-cell.ts';
import { compareCells } from './compare-cells.ts';
import { compareExecutors } from './compare-executors.ts';
import { displayMetrics, isDrawn, pointsPerSeries } from './display-metrics.ts';
import { ratesOf } from './gate/cell-rates.ts';
import { compareRates } from './gate/compare-rates.ts';
import { readLadders } from './ladders.ts';
import { type ReadCell, readCells } from './read-cells.ts';
import { type Scene, setScenes } from './scene.ts';
import { summarizeRepeats } from './summarize-repeats.ts';
import { widenByRepeats } from './widen-by-repeats.ts';

/** A cell with more unsettled samples than this was not measured at rest. */
const unsettledShare = 0.1;
/** A cell that ended well and has its last samples before this share of its cycles has lost lines. */
const leastShare = 0.9;

export interface AnalysisInProgress {
  readonly add: (entry: LedgerEntry) => void;
  /** `problems`: what the reader of the ledger found missing. */
  readonly finish: (problems: readonly string[]) => RunAnalysis;
}

/** Reads a ledger: what every metric of every cell does, what that makes the cell, and how cells compare. Pure. */
export function analyzeRun(plan: RunPlan, ledger: LedgerContents): RunAnalysis {
  const analysis = startAnalysis(plan);
  for (const entry of ledger.entries) analysis.add(entry);
  return analysis.finish(ledger.problems);
}

/**
 * The same line by line, for ledgers that should not be held in memory: a cell is read when it has ended and another
 * starts, and its samples are dropped then; what stays is a series per metric.
 */
export function startAnalysis(plan: RunPlan): AnalysisInProgress {
  const cells = readCells(plan);
  return {
    add: cells.add,
    finish: (problems) => {
      const { read, warnings, startedAt, finishedAt } = cells.finish();
      const scenes = setScenes(widenByRepeats(read.map(({ view }) => view)));
      const drawn = scenes.flatMap(({ own }) => own.metrics.filter(isDrawn)).length;
      const points = pointsPerSeries(drawn);
      const analyses = read.flatMap((cell, i) => {
        const scene = scenes[i];
        return scene === undefined ? [] : [analyzeCell(cell, scene, points)];
      });
      return {
        cells: analyses,
        comparisons: compareCells(scenes.map(({ own }) => own)),
        repeats: summarizeRepeats(analyses),
        ...(plan.against === undefined
          ? {}
          : { regressions: compareRates(plan.against, ratesOf(analyses), plan.budgets) }),
        ladders: readLadders(analyses),
        executors: compareExecutors(analyses),
        warnings: [
          ...problems,
          ...budgetsWithoutCells(plan),
          ...warnings,
          ...analyses.flatMap(cellWarnings),
        ],
        startedAt: startedAt ?? plan.createdAt,
        finishedAt: finishedAt ?? plan.createdAt,
      };
    },
  };
}

function analyzeCell({ view, ...read }: ReadCell, scene: Scene, points: number): CellAnalysis {
  return {
    cell: view.cell,
    ...read,
    metrics: scene.own.metrics,
    idleTails: scene.own.idleTails,
    classification: classifyCell(scene, read.failure),
    display: { ...read.display, metrics: displayMetrics(scene.own.metrics, points) },
  };
}

function cellWarnings(analysis: CellAnalysis): string[] {
  const { cell, cyclesDone, cyclesPlanned, failure, metrics, quality } = analysis;
  const unsettled = quality.unsettledSamples;
  const unread = metrics.filter(
    ({ role, missing, series }) => role === 'live' && missing > series.values.length,
  );
  return [
    ...(failure === null && cyclesDone < leastShare * cyclesPlanned
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
