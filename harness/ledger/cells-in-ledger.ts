import { existsSync } from 'node:fs';
import { scanLedger } from './read.ts';

export interface CellsInLedger {
  /** Cells with a line that counts. */
  readonly begun: ReadonlySet<string>;
  /** Those of them that came to their own end, good or bad: an interrupt is not one. */
  readonly finished: ReadonlySet<string>;
}

/** Which cells of a run need not be run again. */
export async function cellsInLedger(file: string): Promise<CellsInLedger> {
  const begun = new Set<string>();
  const finished = new Set<string>();
  if (existsSync(file)) {
    await scanLedger(file, (entry) => {
      begun.add(entry.cell);
      if (entry.type === 'cell-started' || entry.type === 'cell-superseded') {
        finished.delete(entry.cell);
      }
      if (entry.type === 'cell-superseded') begun.delete(entry.cell);
      if (entry.type === 'cell-ended') finished.add(entry.cell);
      if (entry.type === 'cell-failed' && entry.kind !== 'interrupted') finished.add(entry.cell);
    });
  }
  return { begun, finished };
}
