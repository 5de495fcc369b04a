import { writeFileSync } from 'node:fs';
import { TidemarkError } from '../contracts/errors.ts';

/** Where a file cannot be written, says which and why instead of where in the code. */
export function writeText(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split(',')[0] : String(cause);
    throw new TidemarkError('usage', `${file} cannot be written: ${why}`, {
      hint: 'what was measured is in the ledger: make room or the folder writable, then tidemark report RUN',
      cause,
    });
  }
}
