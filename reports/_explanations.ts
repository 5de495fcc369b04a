import type { CellExplanation, ExplainFinding } from '../harness/contracts/explain.ts';
import type { CellAnalysis, RunResult } from '../harness/contracts/result.ts';
import { formatSeconds } from '../harness/lib/format.ts';

/** The repeats of a cell are explained by one of them. */
const sameCell = (id: string): string => id.replace(/#\d+$/, '');

export function explanationOf(
  { explanations = [] }: RunResult,
  { cell }: CellAnalysis,
): CellExplanation | undefined {
  const exact = explanations.find((one) => one.cell.id === cell.id);
  return exact ?? explanations.find((one) => sameCell(one.cell.id) === sameCell(cell.id));
}

/** What goes before a finding: how sure it is. */
export const certainty = ({ state }: ExplainFinding): string =>
  state === 'growing' ? '' : state === 'hint' ? 'a hint: ' : `${state}: `;

export const suspectText = ({ suspect, failure }: CellExplanation): string =>
  suspect ?? (failure === null ? 'nothing was found that grows' : `not found: ${failure}`);

/** What was looked with, what it took, and what could not be looked at. */
export const lookedWith = ({ explainers }: CellExplanation): string[] =>
  explainers.map(({ title, seconds, problems }) => {
    const failed = problems.length === 0 ? '' : `; not looked at: ${problems.join('; ')}`;
    return `${title}: ${formatSeconds(seconds)}${failed}`;
  });

/** Whether somebody has looked for the cause at all. */
export const isExplained = ({ explanations = [] }: RunResult): boolean => explanations.length > 0;
