import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { homedir } from 'node:os';
import type { LedgerEntry } from '../contracts/ledger.ts';
import { cacheDir } from '../lib/cache-dir.ts';
import { redactDeep } from '../lib/format-safe.ts';
import { makeHider, secretValues } from '../lib/secrets.ts';

export interface LedgerWriter {
  /** One line, in the kernel's hands when this returns: a killed harness loses nothing it has written. */
  append(entry: LedgerEntry): void;
  close(): void;
}

/** Folders of this machine by their names: a ledger is read elsewhere. */
function withoutFolders(text: string): string {
  const home = homedir();
  const named = text.replaceAll(`${cacheDir()}/`, '<cache>/');
  return home === '/' ? named : named.replaceAll(`${home}/`, '~/');
}

/** Opens for append; a ledger is never rewritten. No secret of the environment, and nothing that looks like one, is written. */
export function openLedger(file: string): LedgerWriter {
  const fd = openSync(file, 'a');
  const hideSecrets = makeHider(secretValues(process.env));
  const hide = (text: string): string => withoutFolders(hideSecrets(text));
  return {
    append(entry) {
      writeSync(fd, `${JSON.stringify(redactDeep(entry, hide))}\n`);
      // To the disk only where a cell ends: a sync per cycle would cost more than the sample.
      if (entry.type === 'cell-ended' || entry.type === 'cell-failed') fdatasyncSync(fd);
    },
    close: () => closeSync(fd),
  };
}
