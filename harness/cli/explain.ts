import { fileURLToPath } from 'node:url';
import { EXIT, type ExitCode, TidemarkError } from '../contracts/errors.ts';
import { readExplainCycles } from '../explain/schedule.ts';
import {
  explainRun,
  judgeRun,
  planExplain,
  resolveRunDir,
  setUpExplain,
  writeReports,
} from '../pipeline.ts';
import { loadHere } from '../project.ts';
import type { Registry } from '../registry.ts';
import { giveSecrets } from '../run/held-settings.ts';
import { requireMeasurablePlatform } from '../run/machine.ts';
import { runInPrivateNetwork } from '../run/private-network.ts';
import { interruptible } from './interruptible.ts';
import { secretsOf } from './options.ts';
import { terminalProgress } from './progress.ts';
import { fromHere, printTerminal } from './terminal-output.ts';

export interface ExplainFlags {
  cell?: string;
  cycles?: string;
  keepSnapshots?: boolean;
  redact?: boolean;
  secondOpinion?: boolean;
  command?: string;
  param?: string[];
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** `tidemark explain <run>`: the leaking cell again, with looks that a measured run may not take. */
export async function explain(path: string, flags: ExplainFlags): Promise<ExitCode> {
  requireMeasurablePlatform();
  const cycles = readExplainCycles(flags.cycles);
  const registry = await loadHere();
  const runDir = resolveRunDir(path);
  const plan = await planExplain(runDir, flags.cell);
  giveSecrets(plan, secretsOf(flags));
  const [cell] = plan.cells;
  if (cell === undefined) throw new TidemarkError('internal', 'there is no cell to explain');
  say(`explaining ${cell.id}: a fresh process, ${cycles} cycles, with costly looks`);
  await setUpExplain(plan, registry, { log: say, signal: new AbortController().signal });
  if (plan.network.kind === 'host') return executeExplain(runDir, { ...flags, cell: cell.id });
  const main = fileURLToPath(new URL('./main.js', import.meta.url));
  const inside = [process.execPath, main, '_explain', runDir, '--cell', cell.id];
  inside.push('--cycles', String(cycles));
  if (flags.keepSnapshots) inside.push('--keep-snapshots');
  if (flags.redact) inside.push('--redact');
  if (flags.secondOpinion) inside.push('--second-opinion');
  return (await runInPrivateNetwork(inside)) as ExitCode;
}

export interface ExplainCellRequest {
  readonly runDir: string;
  readonly cell: string;
  readonly flags: ExplainFlags;
  readonly registry: Registry;
  readonly signal: AbortSignal;
}

/** Explains one cell and says what broke, if something did. False when it did not get to an end. */
export async function explainOne(request: ExplainCellRequest): Promise<boolean> {
  const { flags, ...rest } = request;
  const explanation = await explainRun({
    ...rest,
    cycles: readExplainCycles(flags.cycles),
    keepSnapshots: flags.keepSnapshots === true,
    redact: flags.redact === true,
    secondOpinion: flags.secondOpinion === true,
    observe: terminalProgress(),
    say,
  });
  return explanation.failure === null;
}

/** Inside the private network where there is one. */
export async function executeExplain(runDir: string, flags: ExplainFlags): Promise<ExitCode> {
  const registry = await loadHere();
  const { signal } = interruptible();
  const whole = await explainOne({ runDir, cell: flags.cell ?? '', flags, registry, signal });
  const result = await judgeRun(runDir);
  printTerminal(result, registry, runDir);
  const written = writeReports(result, registry, runDir, result.plan.reports);
  const files = ['explain/findings.json', ...written].join(', ');
  say(`\n${fromHere(runDir)}: ${files}`);
  if (signal.aborted) return EXIT.interrupted;
  return whole ? EXIT.pass : EXIT.broken;
}
