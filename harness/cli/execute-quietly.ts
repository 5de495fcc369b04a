import { writeSync } from 'node:fs';
import { EXIT, type ExitCode, TidemarkError } from '../contracts/errors.ts';
import { measureRun } from '../pipeline.ts';
import { loadHere } from '../project.ts';
import type { RunEvent } from '../run/observer.ts';
import type { ChildMessage } from '../run/run-in-child.ts';

const EVENTS_FD = 3;

/** False when nobody listens any more; never an exception, which would leave the target of the cell behind. */
function tell(message: ChildMessage): boolean {
  try {
    writeSync(EVENTS_FD, `${JSON.stringify(message)}\n`);
    return true;
  } catch {
    // The other end is gone, whatever the error is called; the ledger has it all.
    return false;
  }
}

/**
 * The input is open as long as whoever listens lives: a cycle that hangs has no events to tell, and outside a private
 * network nobody sends a signal.
 */
function stopWhenListenerEnds(stop: () => void): void {
  for (const event of ['end', 'close', 'error']) process.stdin.once(event, stop);
  process.stdin.resume();
  process.stdin.unref();
}

/** Measures a stored plan for a program that listens on descriptor 3; judging and printing are left to it. */
export async function executeQuietly(runDir: string, roots: readonly string[]): Promise<ExitCode> {
  const controller = new AbortController();
  const stop = (): void => controller.abort(new TidemarkError('interrupted', 'interrupted'));
  // A run that nobody waits for is ended.
  const observe = (event: RunEvent): void => {
    if (!tell(event)) stop();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  stopWhenListenerEnds(stop);
  try {
    await measureRun(runDir, await loadHere(roots), observe, controller.signal);
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    const { code, message, hint } = error;
    tell({ kind: 'error', code, message, ...(hint === undefined ? {} : { hint }) });
    return error.exitCode;
  }
  return controller.signal.aborted ? EXIT.interrupted : EXIT.pass;
}
