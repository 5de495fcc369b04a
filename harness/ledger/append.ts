import { closeSync, fdatasyncSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import type { LedgerEntry } from '../contracts/ledger.ts';

export interface LedgerWriter {
  /** One line, in the kernel's hands when this returns: a killed harness loses nothing it has written. */
  append(entry: LedgerEntry): void;
  close(): void;
}

/** Opens for append; a ledger is never rewritten. */
export function openLedger(file: string): LedgerWriter {
  const fd = openSync(file, 'a+');
  // A killed harness leaves half a line: what is added to it would be lost with it.
  if (!endsWithLine(fd)) writeSync(fd, '\n');
  return {
    append(entry) {
      writeSync(fd, `${JSON.stringify(entry)}\n`);
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
