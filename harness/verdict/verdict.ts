import { EXIT, type ExitCode } from '../contracts/errors.ts';
import type { RunPlan } from '../contracts/plan.ts';
import type { CellVerdict, RunAnalysis, RunResult, VerdictKind } from '../contracts/result.ts';
import { decideCell } from './cell-verdict.ts';
import { checkTruths } from './check-truths.ts';
import { exitCodesOf } from './exit-codes.ts';
import { tighterBudgets } from './tighter-budgets.ts';

/** Gates an analysis: a verdict per cell, the declared truths, the exit code. Pure. */
export function decide(plan: RunPlan, analysis: RunAnalysis): RunResult {
  const { cells, comparisons, repeats, ladders, executors, startedAt, finishedAt } = analysis;
  const verdicts = cells.map(decideCell);
  const truths = checkTruths(plan, cells);
  const exitCodes = exitCodesOf(cells, verdicts, truths.checks);
  const exitCode = exitCodes[0] ?? EXIT.broken;
  return {
    schemaVersion: 1,
    runId: plan.runId,
    startedAt,
    finishedAt,
    plan,
    cells,
    verdicts,
    comparisons,
    repeats,
    ladders,
    executors,
    tighterBudgets: tighterBudgets(cells),
    truths: truths.checks,
    verdict: overall(
      exitCode,
      verdicts.filter(({ cell }) => !truths.checks.some((truth) => truth.cell === cell)),
    ),
    exitCode,
    exitCodes,
    warnings: [...analysis.warnings, ...truths.warnings, ...planWarnings(plan, analysis)],
  };
}

function overall(exitCode: ExitCode, gating: readonly CellVerdict[]): VerdictKind {
  if (exitCode === EXIT.pass) {
    return gating.some(({ verdict }) => verdict === 'warn') ? 'warn' : 'pass';
  }
  if (exitCode === EXIT.found) return 'fail';
  return exitCode === EXIT.inconclusive ? 'inconclusive' : 'broken';
}

function planWarnings(plan: RunPlan, { cells }: RunAnalysis): string[] {
  const skipped = plan.skipped.length;
  return [
    ...(plan.network.kind === 'host'
      ? [`the run used the host's network: ${plan.network.reason}`]
      : []),
    ...(skipped > 0 ? [`${skipped} of ${skipped + plan.cells.length} cells were skipped`] : []),
    ...(cells.every(({ cyclesDone }) => cyclesDone === 0) ? ['nothing was measured'] : []),
  ];
}
