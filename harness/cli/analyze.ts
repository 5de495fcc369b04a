import { loadAgainst } from '../baselines.ts';
import { type ExitCode, TidemarkError } from '../contracts/errors.ts';
import { nearest } from '../lib/nearest.ts';
import { judgeRun, resolveRunDir, writeReports } from '../pipeline.ts';
import { loadReports } from '../project.ts';
import { issueCellOf, isWorthAnIssue } from './issue-cell-of.ts';
import { asJson, fromHere, printTerminal } from './terminal-output.ts';

export interface AnalyzeFlags {
  json?: boolean;
  against?: string;
}

/** A flag that would be left unused is refused: whoever gave it believes that it counted. */
export function checkAnalyzeFlags(
  path: string | undefined,
  { csv, budget, against }: { csv?: string; budget?: readonly string[]; against?: string },
): void {
  const refuse = (message: string, hint: string): never => {
    throw new TidemarkError('usage', message, { hint });
  };
  if (csv === undefined) {
    if (path === undefined)
      refuse('analyze needs a run', 'give the folder of a run, or --csv FILE');
    if (budget !== undefined)
      refuse('--budget is for --csv', 'the budgets of a run are in its config');
    return;
  }
  if (path !== undefined)
    refuse(`analyze takes a run or --csv, not both`, `leave ${path} or --csv away`);
  if (against !== undefined)
    refuse('--against is for runs, --csv has no baseline', 'leave --against away');
}

/** `tidemark analyze <run|ledger>`: judges a stored run again; needs no server. */
export async function analyze(path: string, flags: AnalyzeFlags): Promise<ExitCode> {
  const registry = await loadReports(process.cwd());
  const against = flags.against === undefined ? undefined : await loadAgainst(flags.against);
  const runDir = resolveRunDir(path);
  const result = await judgeRun(runDir, against);
  if (flags.json) process.stdout.write(asJson(result, registry));
  else printTerminal(result, registry, runDir);
  return result.exitCode as ExitCode;
}

export interface ReportFlags {
  format?: string[];
  issue?: boolean;
  cell?: string;
}

export const withIssue = (formats: readonly string[]): readonly string[] => [
  ...new Set([...formats, 'issue']),
];

function checkFormat(format: string, known: readonly string[]): void {
  if (known.includes(format)) return;
  const guess = nearest(format, known);
  throw new TidemarkError('usage', `unknown report '${format}'`, {
    hint: `${guess === undefined ? '' : `did you mean '${guess}'? `}there are: ${known.join(', ')}`,
  });
}

/** `tidemark report <run>`: writes the reports of a stored run; the exit code says only whether that worked. */
export async function report(path: string, flags: ReportFlags): Promise<ExitCode> {
  const registry = await loadReports(process.cwd());
  const runDir = resolveRunDir(path);
  for (const format of flags.format ?? []) checkFormat(format, [...registry.reports.keys()]);
  const result = await judgeRun(runDir);
  const cell = issueCellOf(flags, result);
  const asked = flags.format ?? (flags.issue ? [] : result.plan.reports);
  const formats = flags.issue ? withIssue(asked) : asked;
  printTerminal(result, registry, runDir);
  const written = writeReports(result, registry, runDir, formats, cell);
  if (written.length > 0) process.stderr.write(`\n${fromHere(runDir)}: ${written.join(', ')}\n`);
  if (flags.issue && !result.cells.some(isWorthAnIssue)) {
    process.stderr.write('issue.md says so: nothing here leaks, fragments or retains memory\n');
  }
  return 0;
}
