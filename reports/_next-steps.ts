import type { CellAnalysis, RunResult } from '../harness/contracts/result.ts';
import { fileNameOf } from '../harness/lib/file-name-of.ts';
import { quote } from '../harness/lib/quote.ts';
import { explanationOf } from './_explanations.ts';

/** Reports that are written to be pasted, the better one first. */
const PASTABLE = [
  ['issue', 'issue.md'],
  ['markdown', 'report.md'],
] as const;

export interface NextStep {
  /** `command`: to be copied, so never wrapped. */
  readonly kind: 'command' | 'advice';
  readonly text: string;
}

const command = (text: string): NextStep => ({ kind: 'command', text: `npx tidemark ${text}` });
const advice = (text: string): NextStep => ({ kind: 'advice', text });

/** What a reader can do now, most useful first. Who reads a file is not told where the run is: it can have moved. */
export function nextSteps(cell: CellAnalysis, result: RunResult, folder?: string): NextStep[] {
  const { classification, failure } = cell;
  const run = folder === undefined ? `<folder of run ${result.runId}>` : quote(folder);
  if (failure?.kind === 'interrupted') return [command(`run --resume ${run}`)];
  if (failure !== null) return [advice(`see ${inFolder(logOf(cell), folder)}`)];
  if (classification.kind === 'undecided') {
    const { wouldDecide } = classification;
    return wouldDecide === null ? [] : [advice(`what would decide: ${wouldDecide}`)];
  }
  if (!leaks(cell)) return [];
  const { reports } = result.plan;
  const file = PASTABLE.find(([id]) => reports.includes(id))?.[1];
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

const leaks = ({ classification }: CellAnalysis): boolean =>
  classification.kind === 'leak' || classification.kind === 'mixed';

/** The cell is only named where it is not the first that leaks. */
function explain(cell: CellAnalysis, { cells }: RunResult, run: string): string {
  const isFirst = cells.find(leaks)?.cell.id === cell.cell.id;
  return `explain ${run}${isFirst ? '' : ` --cell ${quote(cell.cell.id)}`}`;
}
