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
  'cell-superseded',
]);

const ENDS: ReadonlySet<LedgerEntry['type']> = new Set([
  'cell-ended',
  'cell-failed',
  'cell-superseded',
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
      if (ENDS.has(entry.type)) open.delete(entry.cell);
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
  const torn: number[] = [];
  const cells = followCells();
  let lineNumber = 0;
  let entryCount = 0;
  for await (const line of createInterface({ input: createReadStream(file, 'utf8') })) {
    lineNumber += 1;
    if (line.trim() === '') continue;
    const entry = parseLine(line);
    if (entry === null) {
      torn.push(lineNumber);
      continue;
    }
    entryCount += 1;
    cells.see(entry);
    onEntry(entry);
  }
  const none = 'the ledger has no readable entry: nothing was measured';
  return [...tornLines(torn), ...(entryCount === 0 ? [none] : []), ...cells.problems()];
}

const mostNamed = 3;

/** A file that is no ledger at all would be a note per line. */
function tornLines(torn: readonly number[]): string[] {
  if (torn.length <= mostNamed)
    return torn.map((line) => `line ${line} of the ledger is not whole and was left out`);
  const first = torn.slice(0, mostNamed).join(', ');
  return [`${torn.length} lines of the ledger are not whole and were left out (${first}, ...)`];
}

/** Reads a ledger as far as it is whole, and says what is missing. */
export async function readLedger(file: string): Promise<LedgerContents> {
  const entries: LedgerEntry[] = [];
  const problems = await scanLedger(file, (entry) => entries.push(entry));
  return { entries, problems };
}
