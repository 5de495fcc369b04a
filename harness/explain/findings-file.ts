import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CellExplanation, ExplainFile } from '../contracts/explain.ts';
import { redactDeep } from '../lib/format-safe.ts';

export const EXPLAIN_DIR = 'explain';
const FILE = 'findings.json';

/** What was found before; `problem` says why a file that is there cannot be read. */
export function readFindings(runDir: string): {
  readonly cells: readonly CellExplanation[];
  readonly problem: string | null;
} {
  const file = join(runDir, EXPLAIN_DIR, FILE);
  if (!existsSync(file)) return { cells: [], problem: null };
  try {
    const stored = JSON.parse(readFileSync(file, 'utf8')) as Partial<ExplainFile>;
    if (stored.schemaVersion === 1 && Array.isArray(stored.cells))
      return { cells: stored.cells, problem: null };
    return { cells: [], problem: `${EXPLAIN_DIR}/${FILE} is of another version: left out` };
  } catch {
    return { cells: [], problem: `${EXPLAIN_DIR}/${FILE} is not whole JSON: left out` };
  }
}

/** Replaces what was found for the same cell; readable by its owner alone, since names of a program are in it. */
export function storeFindings(runDir: string, explanation: CellExplanation): void {
  const others = readFindings(runDir).cells.filter(({ cell }) => cell.id !== explanation.cell.id);
  const stored: ExplainFile = { schemaVersion: 1, cells: [...others, explanation] };
  mkdirSync(join(runDir, EXPLAIN_DIR), { recursive: true, mode: 0o700 });
  const file = join(runDir, EXPLAIN_DIR, FILE);
  writeFileSync(`${file}.new`, `${JSON.stringify(redactDeep(stored), null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
