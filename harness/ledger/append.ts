import { closeSync, fdatasyncSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
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
  const fd = openSync(file, 'a+');
  // A killed harness leaves half a line: what is added to it would be lost with it.
  if (!endsWithLine(fd)) writeSync(fd, '\n');
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

function endsWithLine(fd: number): boolean {
  const { size } = fstatSync(fd);
  const last = Buffer.alloc(1);
  return size === 0 || (readSync(fd, last, 0, 1, size - 1) === 1 && last.toString() === '\n');
}

const PIECE_BYTES = 1 << 20;

/** Adds one ledger to another, in pieces: it may be larger than memory should hold. */
export function appendLedger(from: string, to: string): void {
  const [source, sink] = [openSync(from, 'r'), openSync(to, 'a+')];
  // Half a last line must not swallow the first line of what comes after it.
  if (!endsWithLine(sink)) writeSync(sink, '\n');
  const piece = Buffer.alloc(PIECE_BYTES);
  for (;;) {
    const read = readSync(source, piece, 0, piece.length, null);
    if (read === 0) break;
    writeSync(sink, piece, 0, read);
  }
  closeSync(source);
  closeSync(sink);
}
