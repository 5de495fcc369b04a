import type { BudgetCheck, Finding } from '../harness/contracts/gate.ts';
import type { RunResult } from '../harness/contracts/result.ts';

/** Rows of a table of budgets: what is over or open first, in the order of the cells otherwise. */
export function budgetRows({ budgetChecks = [] }: RunResult): BudgetCheck[] {
  const weight = ({ check }: BudgetCheck): number => (check === 'pass' ? 1 : 0);
  return budgetChecks.toSorted((a, b) => weight(a) - weight(b));
}

export const BUDGET_HEADER = ['cell', 'metric', 'limit on', 'level', 'check', 'it does', 'reason'];

export const findingsIn = ({ findings = [] }: RunResult, cell: string): Finding[] =>
  findings.filter((finding) => finding.cell === cell);

/** `native 1a2b3c4d5e6f`, and why it is accepted or its suppression is not. */
export function findingText({ kind, fingerprint, accepted, refused }: Finding): string {
  const note = accepted ?? refused;
  return `${kind} ${fingerprint}${note === null ? '' : ` (${note})`}`;
}
