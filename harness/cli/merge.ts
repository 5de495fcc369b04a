import { randomBytes } from 'node:crypto';
import type { ExitCode } from '../contracts/errors.ts';
import { judgeRun, makeRunId, writeReports } from '../pipeline.ts';
import { loadReports } from '../project.ts';
import { mergeRuns } from '../stored-runs.ts';
import { fromHere, printTerminal } from './terminal-output.ts';

/** `tidemark merge <runs...>`: the shards of a run as the run they are parts of, judged as a whole. */
export async function merge(
  shards: readonly string[],
  { out }: { out: string },
): Promise<ExitCode> {
  const registry = await loadReports(process.cwd());
  const runId = makeRunId(new Date(), randomBytes(2).toString('hex'));
  const runDir = mergeRuns(shards, out, runId);
  const result = await judgeRun(runDir);
  printTerminal(result, registry, runDir);
  const written = writeReports(result, registry, runDir, result.plan.reports);
  process.stderr.write(`\n${fromHere(runDir)}: ${['ledger.ndjson', ...written].join(', ')}\n`);
  return result.exitCode as ExitCode;
}
