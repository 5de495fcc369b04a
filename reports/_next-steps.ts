import type { CellAnalysis, RunResult } from '../harness/contracts/result.ts';
import { fileNameOf } from '../harness/lib/file-name-of.ts';
import { quote } from '../harness/lib/quote.ts';
import { explanationOf } from './_explanations.ts';
import { issueCell } from './_issue-cell.ts';

export interface NextStep {
  /** `command`: to be copied, so never wrapped. */
  readonly kind: 'command' | 'advice';
  readonly text: string;
}

const command = (text: string): NextStep => ({ kind: 'command', text: `npx tidemark ${text}` });
const advice = (text: string): NextStep => ({ kind: 'advice', text });

/** Steps say after how many cycles they could be said to have ended. What bends has no noise to count cycles from: only twice as long a run tells a ceiling from none. */
function longerRun({ metrics }: CellAnalysis): string {
  const open = metrics.filter(({ check }) => check === 'inconclusive');
  const cycles = open.map(({ trend }) => trend.cyclesToDecide ?? Infinity);
  const most = Math.max(...cycles);
  return open.length > 0 && Number.isFinite(most)
    ? `about ${most} cycles in all`
    : 'a run of twice as many cycles';
}

/** What a reader can do now, most useful first. Who reads a file is not told where the run is: it can have moved. */
export function nextSteps(cell: CellAnalysis, result: RunResult, folder?: string): NextStep[] {
  const { classification, failure } = cell;
  const run = folder === undefined ? `<folder of run ${result.runId}>` : quote(folder);
  if (failure?.kind === 'interrupted' || failure?.isOpen) return [command(`run --resume ${run}`)];
  if (failure !== null) return [advice(`see ${inFolder(logOf(cell), folder)}`)];
  if (classification.kind === 'undecided') {
    const { wouldDecide } = classification;
    return wouldDecide === null ? [] : [advice(`what would decide: ${wouldDecide}`)];
  }
  const verdict = result.verdicts.find((one) => one.cell === cell.cell.id)?.verdict;
  if (classification.kind === 'warm-up' && verdict === 'inconclusive') {
    return [advice(`what would decide: ${longerRun(cell)}`)];
  }
  if (!leaks(cell)) return [];
  const file = pastable(cell, result);
  return [
    ...(explanationOf(result, cell) === undefined ? [command(explain(cell, result, run))] : []),
    ...(file === undefined
      ? []
      : [advice(`${inFolder(file, folder)} is ready to be pasted into an issue`)]),
  ];
}

const inFolder = (file: string, folder: string | undefined): string =>
  folder === undefined ? `${file} of the run` : `${folder}/${file}`;

/** Where a target broke, its own log; else there is one of each service too. */
const logOf = ({ cell, failure }: CellAnalysis): string =>
  failure?.kind.startsWith('target-') ? `${fileNameOf(cell.id)}.log` : '*.log';

/** The report to paste, beside the cell that it is about: the issue, else the report of all cells at the first. */
function pastable(cell: CellAnalysis, result: RunResult): string | undefined {
  const { reports } = result.plan;
  if (reports.includes('issue')) return issueCell(result) === cell ? 'issue.md' : undefined;
  return reports.includes('markdown') && result.cells.find(leaks) === cell
    ? 'report.md'
    : undefined;
}

const leaks = ({ classification }: CellAnalysis): boolean =>
  classification.kind === 'leak' || classification.kind === 'mixed';

/** The cell is only named where it is not the first that leaks. */
function explain(cell: CellAnalysis, { cells }: RunResult, run: string): string {
  const isFirst = cells.find(leaks) === cell;
  return `explain ${run}${isFirst ? '' : ` --cell ${quote(cell.cell.id)}`}`;
}
