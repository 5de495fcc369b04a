import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { type Config, DEFAULT_OUT } from './contracts/config.ts';
import type { RunPlan } from './contracts/plan.ts';
import type { RunResult } from './contracts/result.ts';
import { packageFile, packageVersion } from './lib/package-file.ts';
import { judgeRun, makeRunDir, planRun, setUpRun, writeReports } from './pipeline.ts';
import { checkConfig } from './plan/load-config.ts';
import { loadPlugIns, requireTaken } from './project.ts';
import { forgetSecrets } from './run/held-settings.ts';
import { requireMeasurablePlatform } from './run/machine.ts';
import type { RunEvent } from './run/observer.ts';
import { runInChild } from './run/run-in-child.ts';
import { projectRoots } from './user-plug-ins.ts';

/** What happens during a run: first `planned`, then lines of the set-up, then cells and their samples. */
export type RunProgress =
  | { readonly kind: 'planned'; readonly plan: RunPlan; readonly runDir: string }
  | { readonly kind: 'setting-up'; readonly says: string }
  | RunEvent;

export interface RunOptions {
  /**
   * The folder that relative paths of the config mean, and whose `scenarios`, `targets`, ... hold plug-ins; default: the
   * current one.
   */
  readonly cwd?: string;
  /**
   * Stops the run: processes are ended, what was measured stays in the run's folder, and the promise is rejected with
   * the signal's reason.
   */
  readonly signal?: AbortSignal;
  /** Called for everything that happens; nothing is printed. An exception ends the run. */
  readonly onProgress?: (progress: RunProgress) => void;
}

/**
 * Plans, fetches what is missing, measures in a process of its own (in a private network where the system allows one),
 * and judges. Prints nothing, reads no config file and no `TIDEMARK_*` settings: the config is all there is.
 *
 * A leak is no exception: look at `verdict` and `cells`. The folder of the run is `join(config.out, result.runId)`; the
 * reports named in `config.reports` are written there (by default none).
 *
 * @throws TidemarkError for a config that makes no sense, parts that cannot be had, and services that do not start.
 *
 * @example
 * const result = await run({ targets: ['rtc-node@1.1.0'], allocators: ['glibc'], cycles: 50 });
 * for (const { cell, verdict, because } of result.verdicts) console.log(cell, verdict, because);
 */
export async function run(config: Config, options: RunOptions = {}): Promise<RunResult> {
  const { cwd = process.cwd(), signal = new AbortController().signal } = options;
  const tell = options.onProgress ?? (() => undefined);
  requireMeasurablePlatform();
  signal.throwIfAborted();
  const checked = checkConfig(config, 'config');
  const folders = { roots: projectRoots(undefined, resolve(cwd)), cwd: resolve(cwd) };
  const { registry, userPlugIns } = await loadPlugIns(folders);
  requireTaken(checked, { folders, registry });
  const plan = planRun({
    config: { ...checked, reports: checked.reports ?? [] },
    registry,
    version: packageVersion(),
    now: new Date(),
    suffix: randomBytes(2).toString('hex'),
    userPlugIns,
  });
  const runDir = makeRunDir(resolve(cwd, checked.out ?? DEFAULT_OUT), plan.runId);
  tell({ kind: 'planned', plan, runDir });
  const log = (says: string): void => tell({ kind: 'setting-up', says });
  const ready = await setUpRun(plan, registry, runDir, { log, signal });
  const tidemark = [process.execPath, packageFile('bin/tidemark.js')];
  await runInChild({
    command: [...tidemark, '_execute', '--events', runDir, ...folders.roots],
    network: ready.network.kind,
    cwd,
    observe: tell,
    signal,
  }).finally(() => forgetSecrets());
  const result = await judgeRun(runDir);
  writeReports(result, registry, runDir, ready.reports);
  return result;
}

/**
 * The one allocator under which a target is read best: glibc, or what the target brings with it. Undefined for targets
 * that have none in common.
 */
export async function bestAllocator(
  targets: readonly string[],
  cwd: string,
): Promise<string | undefined> {
  const { registry } = await loadPlugIns({ roots: projectRoots(undefined, cwd), cwd });
  const best = targets.map((text) => {
    const own = registry.targets.get(text.replace(/[@+].*$/, ''))?.allocators ?? 'any';
    return own === 'any' ? 'glibc' : own[0];
  });
  return best.every((name) => name === best[0]) ? best[0] : undefined;
}
