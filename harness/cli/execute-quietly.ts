import { writeSync } from 'node:fs';
import { EXIT, type ExitCode, TidemarkError } from '../contracts/errors.ts';
import { measureRun } from '../pipeline.ts';
import { loadHere } from '../project.ts';
import type { ChildMessage } from '../run/run-in-child.ts';

const EVENTS_FD = 3;

function tell(message: ChildMessage): void {
  try {
    writeSync(EVENTS_FD, `${JSON.stringify(message)}\n`);
  } catch (error) {
    // Nobody listens any more; the ledger has it all.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}

/** Measures a stored plan for a program that listens on descriptor 3; judging and printing are left to it. */
export async function executeQuietly(runDir: string, roots: readonly string[]): Promise<ExitCode> {
  const controller = new AbortController();
  const stop = (): void => controller.abort(new TidemarkError('interrupted', 'interrupted'));
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    await measureRun(runDir, await loadHere(roots), tell, controller.signal);
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    const { code, message, hint } = error;
    tell({ kind: 'error', code, message, ...(hint === undefined ? {} : { hint }) });
    return error.exitCode;
  }
  return controller.signal.aborted ? EXIT.interrupted : EXIT.pass;
}
