import { EXIT, TidemarkError } from '../contracts/errors.ts';

/** A signal to the whole group comes twice: from the terminal or CI, and passed on by the parent. */
const ONE_SIGNAL_MS = 1000;

/** Aborts at the first Ctrl-C; the ledger is kept and what was measured is judged. */
export function interruptible(): AbortController {
  const controller = new AbortController();
  let firstMs = Number.POSITIVE_INFINITY;
  const stop = (): void => {
    if (performance.now() - firstMs > ONE_SIGNAL_MS) process.exit(EXIT.interrupted);
    if (controller.signal.aborted) return;
    firstMs = performance.now();
    process.stderr.write('\nstopping; what was measured is kept (again to leave at once)\n');
    controller.abort(new TidemarkError('interrupted', 'interrupted'));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller;
}
