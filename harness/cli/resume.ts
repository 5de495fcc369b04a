import { type ExitCode, TidemarkError } from '../contracts/errors.ts';
import { resolveRunDir } from '../pipeline.ts';
import { loadHere } from '../project.ts';
import { giveSecrets } from '../run/held-settings.ts';
import { planResume, prepareAgain } from '../stored-runs.ts';
import { type RunFlags, secretsOf } from './options.ts';
import { executeRun, inItsNetwork } from './run.ts';

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/**
 * `tidemark run --resume RUN`: the cells that did not come to their end, from their start, by the stored plan. Only what
 * the plan does not hold is given again: a command or parameter with a secret in it.
 */
export async function resume(flags: RunFlags): Promise<ExitCode> {
  const { resume: path = '', command, param, ...others } = flags;
  const [other] = Object.keys(others);
  if (other !== undefined) {
    throw new TidemarkError(
      'usage',
      `--resume goes by the plan of the run: --${dashed(other)} cannot change it`,
      {
        hint: 'leave it out, or start a new run',
      },
    );
  }
  const runDir = resolveRunDir(path);
  const { plan, open } = await planResume(runDir);
  say(`resuming ${plan.runId}: ${open.length} of ${plan.cells.length} cells are left`);
  if (open.length === 0) return executeRun(runDir);
  giveSecrets(plan, secretsOf({ command, param }));
  const signal = new AbortController().signal;
  await prepareAgain({ ...plan, cells: open }, await loadHere(), { log: say, signal });
  return inItsNetwork(plan, runDir);
}

const dashed = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
