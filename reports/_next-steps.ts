import type { CellAnalysis, RunResult } from '../harness/contracts/result.ts';
import { explainCommand, explanationOf } from './_explanations.ts';

/** Reports that are written to be pasted, the better one first. */
const PASTABLE = [
  ['issue', 'issue.md'],
  ['markdown', 'report.md'],
] as const;

/** What a reader can do now, most useful first. */
export function nextSteps(cell: CellAnalysis, result: RunResult): string[] {
  const { classification, failure } = cell;
  if (failure?.kind === 'interrupted')
    return [`tidemark run --resume <folder of run ${result.runId}>`];
  if (failure !== null) return [`see the log of the target in the folder of run ${result.runId}`];
  if (classification.kind === 'undecided') {
    return classification.wouldDecide === null
      ? []
      : [`what would decide: ${classification.wouldDecide}`];
  }
  const verdict = result.verdicts.find((one) => one.cell === cell.cell.id)?.verdict;
  // What bends has no noise to count cycles from: only twice as long a run tells a ceiling from none.
  if (classification.kind === 'warm-up' && verdict === 'inconclusive') {
    return ['what would decide: a run of twice as many cycles'];
  }
  const leaks = classification.kind === 'leak' || classification.kind === 'mixed';
  if (!leaks) return [];
  const { reports } = result.plan;
  const file = PASTABLE.find(([id]) => reports.includes(id))?.[1];
  const paste = `${file} of run ${result.runId} is ready to be pasted into an issue`;
  return [
    ...(explanationOf(result, cell) === undefined ? [explainCommand(cell, result)] : []),
    ...(file === undefined ? [] : [paste]),
  ];
}
