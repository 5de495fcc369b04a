import { EXIT, type ExitCode } from '../contracts/errors.ts';
import type { RunPlan } from '../contracts/plan.ts';
import type {
  CellAnalysis,
  CellVerdict,
  RunAnalysis,
  RunResult,
  VerdictKind,
} from '../contracts/result.ts';
import { budgetChecks } from './budget-checks.ts';
import { decideCell } from './cell-verdict.ts';
import { checkTruths } from './check-truths.ts';
import { exitCodesOf } from './exit-codes.ts';
import { findingsOf, idleSuppressions } from './findings.ts';
import { tighterBudgets } from './tighter-budgets.ts';

/** Gates an analysis: a verdict per cell, the declared truths, the exit code. Pure. */
export function decide(plan: RunPlan, analysis: RunAnalysis): RunResult {
  const { cells, comparisons, repeats, ladders, executors, startedAt, finishedAt } = analysis;
  const { regressions } = analysis;
  const gates = cells.map((cell) => ({
    findings: findingsOf(cell, plan),
    regressions: (regressions?.metrics ?? []).filter((one) => one.cell === unrepeated(cell)),
  }));
  const verdicts = cells.map((cell, i) => decideCell(cell, gates[i]));
  const findings = gates.flatMap((gate) => gate.findings);
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
    budgetChecks: cells.flatMap((cell, i) =>
      budgetChecks(cell, cell.cell.repeat > 1 ? [] : (gates[i]?.regressions ?? [])),
    ),
    findings,
    ...(regressions === undefined ? {} : { regressions }),
    truths: truths.checks,
    verdict: overall(
      exitCode,
      verdicts.filter(({ cell }) => !truths.checks.some((truth) => truth.cell === cell)),
    ),
    exitCode,
    exitCodes,
    warnings: [
      ...analysis.warnings,
      ...truths.warnings,
      ...planWarnings(plan, analysis),
      ...idleSuppressions(plan, cells, findings),
      ...(regressions?.notes ?? []),
    ],
  };
}

/** A baseline knows a cell, not its repeats. */
const unrepeated = ({ cell }: CellAnalysis): string => cell.id.replace(/#\d+$/, '');

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
    ...(plan.notes ?? []),
    ...(plan.network.kind === 'host'
      ? [`the run used the host's network: ${plan.network.reason}`]
      : []),
    ...(skipped > 0 ? [`${skipped} of ${skipped + plan.cells.length} cells were skipped`] : []),
    ...(cells.every(({ cyclesDone }) => cyclesDone === 0) ? ['nothing was measured'] : []),
  ];
}
