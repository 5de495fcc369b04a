import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { LedgerContents, LedgerEntry } from '../contracts/ledger.ts';

const TYPES = new Set([
  'cell-started',
  'job-proven',
  'sample',
  'checkpoint',
  'cycle-retried',
  'cell-ended',
  'cell-failed',
]);

function parseLine(line: string): LedgerEntry | null {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return null;
    const { type, cell } = value as { type?: unknown; cell?: unknown };
    return typeof cell === 'string' && TYPES.has(String(type)) ? (value as LedgerEntry) : null;
  } catch {
    // Reported by the caller with its line number; a torn line is expected after a crash.
    return null;
  }
}

/** Follows which cells were started and not ended: there the ledger stops in the middle. */
function followCells() {
  const open = new Map<string, number>();
  return {
    see(entry: LedgerEntry): void {
      if (entry.type === 'cell-started') open.set(entry.cell, 0);
      if (entry.type === 'sample' && open.has(entry.cell)) open.set(entry.cell, entry.cycle);
      if (entry.type === 'cell-ended' || entry.type === 'cell-failed') open.delete(entry.cell);
    },
    problems: (): string[] =>
      [...open].map(
        ([cell, cycle]) => `cell ${cell} has no end: the ledger stops after cycle ${cycle}`,
      ),
  };
}

/**
 * Hands over every whole entry, one at a time, and resolves with what is missing or unreadable, one line each.
 * Rejects only when the file cannot be opened. Memory does not grow with the ledger.
 */
export async function scanLedger(
  file: string,
  onEntry: (entry: LedgerEntry) => void,
): Promise<string[]> {
  const problems: string[] = [];
  const cells = followCells();
  let lineNumber = 0;
  let entryCount = 0;
  for await (const line of createInterface({ input: createReadStream(file, 'utf8') })) {
    lineNumber += 1;
    if (line.trim() === '') continue;
    const entry = parseLine(line);
    if (entry === null) {
      problems.push(`line ${lineNumber} of the ledger is not whole and was left out`);
      continue;
    }
    entryCount += 1;
    cells.see(entry);
    onEntry(entry);
  }
  if (entryCount === 0) problems.push('the ledger has no readable entry: nothing was measured');
  return [...problems, ...cells.problems()];
}

/** Reads a ledger as far as it is whole, and says what is missing. */
export async function readLedger(file: string): Promise<LedgerContents> {
  const entries: LedgerEntry[] = [];
  const problems = await scanLedger(file, (entry) => entries.push(entry));
  return { entries, problems };
}
