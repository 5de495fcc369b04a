import type { RunPlan } from '../contracts/plan.ts';
import type { CellAnalysis, TruthCheck } from '../contracts/result.ts';

export interface TruthReport {
  readonly checks: readonly TruthCheck[];
  readonly warnings: readonly string[];
}

/** Holds every declared truth against each cell whose id contains its text. */
export function checkTruths(plan: RunPlan, cells: readonly CellAnalysis[]): TruthReport {
  const warnings: string[] = [];
  const checks = plan.truths.flatMap((truth): TruthCheck[] => {
    const meant = cells.filter(({ cell }) => cell.id.includes(truth.cell));
    const skipped = plan.skipped.filter(({ cell }) => cell.id.includes(truth.cell));
    if (meant.length === 0 && skipped.length > 0) {
      warnings.push(`the truth about '${truth.cell}' was not checked: its cells were skipped`);
      return [];
    }
    // Another shard measures them, and merge checks them all.
    if (meant.length === 0 && plan.shard?.cells.some(({ id }) => id.includes(truth.cell)))
      return [];
    if (meant.length === 0) {
      warnings.push(`the truth about '${truth.cell}' fits no cell of the plan`);
      return [{ cell: truth.cell, expected: truth.expect, got: 'broken', holds: false }];
    }
    return meant.map((cell): TruthCheck => {
      const got = isBroken(cell) ? 'broken' : cell.classification.kind;
      const holds = got !== 'broken' && truth.expect.includes(got);
      return { cell: cell.cell.id, expected: truth.expect, got, holds };
    });
  });
  return { checks, warnings };
}

/** A cell that failed, or measured nothing, holds no truth. */
const isBroken = (cell: CellAnalysis): boolean => cell.failure !== null || cell.cyclesDone === 0;
