import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { LedgerContents, LedgerEntry } from '../contracts/ledger.ts';

const TYPES = new Set([
  'cell-started',
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

/** Cells that were started and never ended: the ledger stops in the middle of them. */
function unfinished(entries: readonly LedgerEntry[]): string[] {
  const open = new Map<string, number>();
  for (const entry of entries) {
    if (entry.type === 'cell-started') open.set(entry.cell, 0);
    if (entry.type === 'sample' && open.has(entry.cell)) open.set(entry.cell, entry.cycle);
    if (entry.type === 'cell-ended' || entry.type === 'cell-failed') open.delete(entry.cell);
  }
  return [...open].map(
    ([cell, cycle]) => `cell ${cell} has no end: the ledger stops after cycle ${cycle}`,
  );
}

/** Reads a ledger as far as it is whole, and says what is missing. Throws only when the file cannot be opened. */
export async function readLedger(file: string): Promise<LedgerContents> {
  const entries: LedgerEntry[] = [];
  const problems: string[] = [];
  let lineNumber = 0;
  for await (const line of createInterface({ input: createReadStream(file, 'utf8') })) {
    lineNumber += 1;
    if (line.trim() === '') continue;
    const entry = parseLine(line);
    if (entry === null)
      problems.push(`line ${lineNumber} of the ledger is not whole and was left out`);
    else entries.push(entry);
  }
  if (entries.length === 0) problems.push('the ledger has no readable entry: nothing was measured');
  return { entries, problems: [...problems, ...unfinished(entries)] };
}
