import { loadAgainst } from '../baselines.ts';
import type { ExitCode } from '../contracts/errors.ts';
import { judgeRun, resolveRunDir, writeReports } from '../pipeline.ts';
import { loadReports } from '../project.ts';
import { asJson, printTerminal } from './terminal-output.ts';

export interface AnalyzeFlags {
  json?: boolean;
  against?: string;
}

/** `tidemark analyze <run|ledger>`: judges a stored run again; needs no server. */
export async function analyze(path: string, flags: AnalyzeFlags): Promise<ExitCode> {
  const registry = await loadReports(process.cwd());
  const against = flags.against === undefined ? undefined : await loadAgainst(flags.against);
  const result = await judgeRun(resolveRunDir(path), against);
  if (flags.json) process.stdout.write(asJson(result, registry));
  else printTerminal(result, registry);
  return result.exitCode as ExitCode;
}

export interface ReportFlags {
  format?: string[];
  issue?: boolean;
}

export const withIssue = (formats: readonly string[]): readonly string[] => [
  ...new Set([...formats, 'issue']),
];

/** `tidemark report <run>`: writes the reports of a stored run; the exit code says only whether that worked. */
export async function report(path: string, flags: ReportFlags): Promise<ExitCode> {
  const registry = await loadReports(process.cwd());
  const runDir = resolveRunDir(path);
  const result = await judgeRun(runDir);
  const asked = flags.format ?? (flags.issue ? [] : result.plan.reports);
  const formats = flags.issue ? withIssue(asked) : asked;
  const written = writeReports(result, registry, runDir, formats);
  printTerminal(result, registry);
  process.stderr.write(`wrote ${written.join(', ')}\n`);
  return 0;
}
