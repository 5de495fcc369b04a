import { TidemarkError } from '../contracts/errors.ts';
import type { CellAnalysis, RunResult } from '../contracts/result.ts';
import { WORTH_AN_ISSUE } from '../contracts/worth-an-issue.ts';
import { chooseCell } from '../explain/choose-cell.ts';
import { quote } from '../lib/quote.ts';

interface ReportFlags {
  readonly format?: readonly string[];
  readonly issue?: boolean;
  readonly cell?: string;
}

export const isWorthAnIssue = ({ classification }: CellAnalysis): boolean =>
  WORTH_AN_ISSUE.includes(classification.kind);

/** What `--cell` means: one that leads nowhere, or to a cell without anything to ask a maintainer for, is refused. */
export function issueCellOf(
  { cell, issue, format }: ReportFlags,
  result: RunResult,
): string | undefined {
  if (cell === undefined) return undefined;
  if (!issue && !format?.includes('issue')) {
    throw new TidemarkError('usage', '--cell is for --issue: the other reports have every cell', {
      hint: `write --issue --cell ${quote(cell)}`,
    });
  }
  const { id } = chooseCell(result, cell);
  const found = result.cells.find((one) => one.cell.id === id);
  if (found !== undefined && isWorthAnIssue(found)) return id;
  const names = result.cells
    .filter(isWorthAnIssue)
    .map((one) => one.cell.id)
    .join(', ');
  throw new TidemarkError(
    'usage',
    `${id} is ${found?.classification.kind ?? 'not measured'}: there is nothing to report`,
    { hint: names === '' ? 'no cell of this run has an issue' : `there is something in: ${names}` },
  );
}
