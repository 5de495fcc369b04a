/** What is done with stored runs: going on with one, putting shards together, comparing, accepting. */
import { copyFileSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TidemarkError } from './contracts/errors.ts';
import type { CellPlan, RunPlan } from './contracts/plan.ts';
import type { SetupContext } from './contracts/plugins.ts';
import { appendLedger } from './ledger/append.ts';
import { cellsInLedger } from './ledger/cells-in-ledger.ts';
import { cacheDir } from './lib/cache-dir.ts';
import { LEDGER_FILE, makeRunDir, PLAN_FILE, readPlan, resolveRunDir } from './pipeline.ts';
import { joinShards } from './plan/shard.ts';
import type { Registry } from './registry.ts';
import { prepare } from './run/prepare.ts';
import { planNetwork } from './run/private-network.ts';

/** The plan of a run and which of its cells are still to be run. */
export async function planResume(
  runDir: string,
): Promise<{ plan: RunPlan; open: readonly CellPlan[] }> {
  const plan = readPlan(runDir);
  const { finished } = await cellsInLedger(join(runDir, LEDGER_FILE));
  return { plan, open: plan.cells.filter(({ id }) => !finished.has(id)) };
}

/** Puts the shards of a run together: one plan, all lines of all ledgers, the logs of the targets. */
export function mergeRuns(shardDirs: readonly string[], outDir: string, runId: string): string {
  const parts = shardDirs.map((dir) => ({ name: dir, plan: readPlan(resolveRunDir(dir)) }));
  const plan = joinShards(parts, runId);
  const runDir = makeRunDir(outDir, runId);
  writeFileSync(join(runDir, PLAN_FILE), `${JSON.stringify(plan, null, 2)}\n`);
  for (const dir of shardDirs.map(resolveRunDir)) {
    const ledger = join(dir, LEDGER_FILE);
    if (existsSync(ledger)) appendLedger(ledger, join(runDir, LEDGER_FILE));
    for (const log of readdirSync(dir).filter((name) => name.endsWith('.log'))) {
      copyFileSync(join(dir, log), join(runDir, log));
    }
  }
  return runDir;
}

/** The same for a run that goes on: its plan stays as it is, so what it names has to be there still. */
export async function prepareAgain(
  plan: RunPlan,
  registry: Registry,
  ctx: Omit<SetupContext, 'cacheDir'>,
): Promise<void> {
  const network = planNetwork();
  if (network.kind !== plan.network.kind) {
    throw new TidemarkError(
      'usage',
      `the run began in a ${plan.network.kind} network, here there is only a ${network.kind} one: ${network.reason}`,
      { hint: 'resume it where it began, or start a new run' },
    );
  }
  const ready = await prepare(plan, registry, { cacheDir: cacheDir(), ...ctx });
  const lost = ready.skipped.find(({ cell }) => plan.cells.some(({ id }) => id === cell.id));
  if (lost !== undefined) {
    throw new TidemarkError('setup', `${lost.cell.id} cannot be run any more: ${lost.reason}`, {
      ...(lost.hint === undefined ? {} : { hint: lost.hint }),
    });
  }
}
