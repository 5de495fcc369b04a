import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { loadAgainst } from '../baselines.ts';
import { DEFAULT_OUT } from '../contracts/config.ts';
import { EXIT, type ExitCode, TidemarkError } from '../contracts/errors.ts';
import type { RunPlan } from '../contracts/plan.ts';
import { leakingCells } from '../explain/choose-cell.ts';
import { EXPLAIN_CYCLES } from '../explain/schedule.ts';
import { quote } from '../lib/quote.ts';
import { judgeRun, makeRunDir, measureRun, planRun, setUpRun, writeReports } from '../pipeline.ts';
import { dealShard, parseShard } from '../plan/shard.ts';
import { loadHere, loadProject, type Project, requireTaken } from '../project.ts';
import type { Registry } from '../registry.ts';
import { requireMeasurablePlatform } from '../run/machine.ts';
import { runInPrivateNetwork } from '../run/private-network.ts';
import { withIssue } from './analyze.ts';
import { estimate } from './estimate.ts';
import { explainOne } from './explain.ts';
import { interruptible } from './interruptible.ts';
import { mergeConfig, type RunFlags } from './options.ts';
import { terminalProgress } from './progress.ts';
import { fromHere, printTerminal } from './terminal-output.ts';
import { VERSION } from './version.ts';

const say = (text: string): void => void process.stderr.write(`${text}\n`);

function announce(plan: RunPlan, registry: Registry): void {
  const { cells, settings, network } = plan;
  const count = `${cells.length} cell${cells.length === 1 ? '' : 's'}`;
  say(
    `tidemark ${VERSION}: ${count} of ${settings.cycles} cycles, ${estimate(plan, registry)} after set-up`,
  );
  if (network.kind === 'host') say(`network: the host's, because ${network.reason}`);
}

export interface ExecuteFlags {
  readonly explain?: boolean;
  readonly events?: boolean;
}

interface ExecuteOptions extends ExecuteFlags {
  /** Folders of the project's plug-ins; none: those of where it is started. */
  readonly roots?: readonly string[];
}

/** Measures a stored plan, judges it and prints the verdict; runs inside the private network where there is one. */
export async function executeRun(runDir: string, options: ExecuteOptions = {}): Promise<ExitCode> {
  const registry = await loadHere(options.roots);
  const { signal } = interruptible();
  const observe = terminalProgress();
  await measureRun(runDir, registry, observe, signal);
  if (signal.aborted) {
    say(`\nresume with: npx tidemark run --resume ${quote(fromHere(runDir))}`);
  }
  let result = await judgeRun(runDir);
  if (options.explain && !signal.aborted) {
    for (const cell of leakingCells(result)) {
      say(`explaining ${cell.id}: a fresh process, ${EXPLAIN_CYCLES} cycles, with costly looks`);
      await explainOne({ runDir, cell: cell.id, flags: {}, registry, signal });
    }
    result = await judgeRun(runDir);
  }
  printTerminal(result, registry, runDir);
  const written = writeReports(result, registry, runDir, result.plan.reports);
  say(`\n${fromHere(runDir)}: ${['ledger.ndjson', ...written].join(', ')}`);
  return (signal.aborted ? EXIT.interrupted : result.exitCode) as ExitCode;
}

/** A command that nothing runs: whoever gave it believes that it is measured. A target of the project knows itself. */
function requireCommandTaken(plan: RunPlan, { registry, userPlugIns }: Project): void {
  const ids = [...new Set(plan.cells.map(({ target }) => target.id))];
  const own = userPlugIns.flatMap(({ kind, id }) => (kind === 'targets' ? [id] : []));
  if (ids.some((id) => own.includes(id) || registry.targets.get(id)?.takesCommand)) return;
  const able = [...registry.targets.values()].flatMap((one) => (one.takesCommand ? [one.id] : []));
  throw new TidemarkError('usage', `target ${ids.join(' and ')} runs no --command`, {
    hint: `leave it away, or choose --target ${able.join(' or ')}`,
  });
}

/** The baseline is kept with the plan: a stored run is judged alike when the file has moved on. */
async function holdAgainst(plan: RunPlan, text: string | undefined): Promise<RunPlan> {
  if (text === undefined) return plan;
  return { ...plan, against: await loadAgainst(text) };
}

/** `tidemark run`: plan, fetch, then measure in a private network where the system allows one. */
export async function run(flags: RunFlags): Promise<ExitCode> {
  requireMeasurablePlatform();
  const project = await loadProject({ cwd: process.cwd(), configFile: flags.config });
  const { registry, userPlugIns, folders } = project;
  const config = mergeConfig(project.config, flags, process.env);
  requireTaken(config, project);
  const suffix = randomBytes(2).toString('hex');
  const now = new Date();
  const planned = planRun({ config, registry, version: VERSION, now, suffix, userPlugIns });
  if (flags.command !== undefined) requireCommandTaken(planned, project);
  const whole = await holdAgainst(planned, config.against);
  const dealt = flags.shard === undefined ? whole : dealShard(whole, parseShard(flags.shard));
  const plan = flags.issue ? { ...dealt, reports: withIssue(dealt.reports) } : dealt;
  announce(plan, registry);
  const runDir = makeRunDir(config.out ?? DEFAULT_OUT, plan.runId);
  const ready = await setUpRun(plan, registry, runDir, {
    log: say,
    signal: new AbortController().signal,
  });
  for (const { cell, reason, hint } of ready.skipped) {
    say(`skipped ${cell.id}: ${reason}${hint === undefined ? '' : ` (${hint})`}`);
  }
  return inItsNetwork(ready, runDir, { explain: flags.explain === true, roots: folders.roots });
}

/** Goes on with a stored plan in a private network, or here where there is none. */
export async function inItsNetwork(
  { network }: RunPlan,
  runDir: string,
  { explain = false, roots = [] }: ExecuteOptions = {},
): Promise<ExitCode> {
  if (network.kind === 'host') return executeRun(runDir, { explain, roots });
  const main = fileURLToPath(new URL('./main.js', import.meta.url));
  const inside = [process.execPath, main, '_execute', runDir, ...roots];
  if (explain) inside.push('--explain');
  return (await runInPrivateNetwork(inside)) as ExitCode;
}
