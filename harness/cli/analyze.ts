import type { ExitCode } from '../contracts/errors.ts';
import { judgeRun, resolveRunDir, writeReports } from '../pipeline.ts';
import { loadReports } from '../project.ts';
import { printTerminal } from './terminal-output.ts';

/** `tidemark analyze <run|ledger>`: judges a stored run again; needs no server. */
export async function analyze(path: string, flags: { json?: boolean }): Promise<ExitCode> {
  const registry = await loadReports(process.cwd());
  const result = await judgeRun(resolveRunDir(path));
  if (flags.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  else printTerminal(result, registry);
  return result.exitCode as ExitCode;
}

/** `tidemark report <run>`: writes the reports of a stored run; the exit code says only whether that worked. */
export async function report(path: string, flags: { format?: string[] }): Promise<ExitCode> {
  const registry = await loadReports(process.cwd());
  const runDir = resolveRunDir(path);
  const result = await judgeRun(runDir);
  const written = writeReports(result, registry, runDir, flags.format ?? result.plan.reports);
  printTerminal(result, registry);
  process.stderr.write(`wrote ${written.join(', ')}\n`);
  return 0;
}
