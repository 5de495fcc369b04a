import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import type { LedgerEntry } from '../contracts/ledger.ts';

export interface LedgerWriter {
  /** One line, in the kernel's hands when this returns: a killed harness loses nothing it has written. */
  append(entry: LedgerEntry): void;
  close(): void;
}

/** Opens for append; a ledger is never rewritten. */
export function openLedger(file: string): LedgerWriter {
  const fd = openSync(file, 'a');
  return {
    append(entry) {
      writeSync(fd, `${JSON.stringify(entry)}\n`);
      // To the disk only where a cell ends: a sync per cycle would cost more than the sample.
      if (entry.type === 'cell-ended' || entry.type === 'cell-failed') fdatasyncSync(fd);
    },
    close: () => closeSync(fd),
  };
}
