import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import type { LedgerEntry } from '../contracts/ledger.ts';
import { redactDeep } from '../lib/format-safe.ts';
import { makeHider, secretValues } from '../lib/secrets.ts';

export interface LedgerWriter {
  /** One line, in the kernel's hands when this returns: a killed harness loses nothing it has written. */
  append(entry: LedgerEntry): void;
  close(): void;
}

/** Opens for append; a ledger is never rewritten. No secret of the environment, and nothing that looks like one, is written. */
export function openLedger(file: string): LedgerWriter {
  const fd = openSync(file, 'a');
  const hide = makeHider(secretValues(process.env));
  return {
    append(entry) {
      writeSync(fd, `${JSON.stringify(redactDeep(entry, hide))}\n`);
      // To the disk only where a cell ends: a sync per cycle would cost more than the sample.
      if (entry.type === 'cell-ended' || entry.type === 'cell-failed') fdatasyncSync(fd);
    },
    close: () => closeSync(fd),
  };
}
