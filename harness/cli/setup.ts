import type { ExitCode } from '../contracts/errors.ts';
import { cacheDir } from '../lib/cache-dir.ts';
import { planRun } from '../pipeline.ts';
import { loadProject, requireTaken } from '../project.ts';
import { requireMeasurablePlatform } from '../run/machine.ts';
import { prepare } from '../run/prepare.ts';
import { mergeConfig, type RunFlags } from './options.ts';
import { VERSION } from './version.ts';

/** `tidemark setup`: fetches what the same `run` would need, and measures nothing. */
export async function setup(flags: RunFlags): Promise<ExitCode> {
  requireMeasurablePlatform();
  const project = await loadProject({ cwd: process.cwd(), configFile: flags.config });
  const { registry } = project;
  const config = mergeConfig(project.config, flags, process.env);
  requireTaken(config, project);
  const plan = planRun({ config, registry, version: VERSION, now: new Date(), suffix: '0000' });
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const ready = await prepare(plan, registry, {
    cacheDir: cacheDir(),
    log,
    signal: new AbortController().signal,
  });
  for (const { cell, reason, hint } of ready.skipped)
    log(`cannot run ${cell.id}: ${reason}${hint === undefined ? '' : ` (${hint})`}`);
  log(`set up: ${ready.cells.length} of ${plan.cells.length} cells can run`);
  return ready.cells.length === plan.cells.length ? 0 : 4;
}
