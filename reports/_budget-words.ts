import type { BudgetCheck, Finding } from '../harness/contracts/gate.ts';
import type { RunResult } from '../harness/contracts/result.ts';

/** Rows of a table of budgets: what is over or open first, in the order of the cells otherwise. */
export function budgetRows({ budgetChecks = [] }: RunResult): BudgetCheck[] {
  const weight = ({ check }: BudgetCheck): number => (check === 'pass' ? 1 : 0);
  return budgetChecks.toSorted((a, b) => weight(a) - weight(b));
}

export const BUDGET_HEADER = ['cell', 'metric', 'check', 'it does', 'limit on', 'level', 'reason'];

export const findingsIn = ({ findings = [] }: RunResult, cell: string): Finding[] =>
  findings.filter((finding) => finding.cell === cell);

/** `native 1a2b3c4d5e6f`, and why it is accepted or its suppression is not. */
export function findingText({ kind, fingerprint, accepted, refused }: Finding): string {
  const note = accepted ?? refused;
  return `${kind} ${fingerprint}${note === null ? '' : ` (${note})`}`;
}

const mostFindings = 5;

/** Ceilings and what a baseline says of a cell; then the names by which what was found can be suppressed. */
export function limitLines(
  result: RunResult,
  cell: string,
): { readonly label: string; readonly says: string }[] {
  const own = (result.budgetChecks ?? []).filter(
    (check) => check.cell === cell && check.kind !== 'growth',
  );
  const found = findingsIn(result, cell).map(findingText);
  const more = found.length - mostFindings;
  const names = [...found.slice(0, mostFindings), ...(more > 0 ? [`and ${more} more`] : [])];
  return [
    ...own.map(({ kind, title, check, says }) => ({
      label: kind,
      says: `${check}: ${kind === 'baseline' ? says : `${title} ${says}`}`,
    })),
    ...(names.length === 0 ? [] : [{ label: 'fingerprint', says: names.join(' · ') }]),
  ];
}
