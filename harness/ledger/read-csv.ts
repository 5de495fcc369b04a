import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { TidemarkError } from '../contracts/errors.ts';
import { type CsvColumn, readColumn } from './csv-column.ts';
import { type CsvIndex, type CsvRow, readIndex } from './csv-index.ts';

export type { CsvColumn } from './csv-column.ts';

export interface CsvSeries {
  readonly columns: readonly CsvColumn[];
  /** What the first column counts: cycles, or time, where one row is one cycle. */
  readonly index: CsvIndex['kind'];
  /** When each row was written; null for cycles, and for times whose unit nothing tells. */
  readonly seconds: readonly number[] | null;
  /** Empty cells and other things that were left out, one line each. */
  readonly notes: readonly string[];
}

const STDIN = '-';

const bad = (message: string, hint?: string): TidemarkError =>
  new TidemarkError('usage', message, hint === undefined ? {} : { hint });

const nameOf = (file: string): string => (file === STDIN ? 'standard input' : file);

/** UTF-8, or the UTF-16 that PowerShell and Excel write. */
function readText(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file === STDIN ? 0 : file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TidemarkError('usage', `${nameOf(file)} cannot be read: ${why}`, { cause });
  }
  const text = bytes.toString(bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf16le' : 'utf8');
  if (text.includes('\0')) throw bad(`${nameOf(file)} is no text`, 'give a file of CSV');
  return text.replace(/^\uFEFF/, '');
}

/** Semicolons and tabs are looked for first: where they separate, a comma may be a decimal point. */
function delimiterOf(text: string): string {
  const header = text.split(/\r?\n/).find((line) => line.trim() !== '' && !isComment(line)) ?? '';
  const bare = header.replaceAll(/"[^"]*"/g, '');
  return [';', '\t'].find((delimiter) => bare.includes(delimiter)) ?? ',';
}

/** A remark above the table; a header may begin with `#` too. */
const isComment = (line: string): boolean => /^\s*#[^,;\t]*$/.test(line);

function readRows(text: string, file: string, delimiter: string): CsvRow[] {
  try {
    const parsed = parse(text, {
      delimiter,
      trim: true,
      info: true,
      relax_quotes: true,
      skip_empty_lines: true,
      relax_column_count: true,
    }) as unknown as readonly { record: string[]; info: { lines: number } }[];
    const rows = parsed.map(({ record, info }) => ({ cells: record, line: info.lines }));
    const begin = rows.findIndex(({ cells }) => cells.length > 1 || !isComment(cells[0] ?? ''));
    return rows.slice(Math.max(0, begin));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TidemarkError('usage', `${nameOf(file)} cannot be read as CSV: ${why}`, { cause });
  }
}

/** What spreadsheets leave behind: a last column without a name and without a value. */
function withoutEmptyEnd([header, ...rows]: readonly CsvRow[]): CsvRow[] {
  if (header === undefined) return [];
  const all = [header, ...rows];
  const { length } = header.cells;
  if (length < 2 || all.some(({ cells }) => (cells[length - 1] ?? '') !== '')) return all;
  if (rows.some(({ cells }) => cells.length > length)) return all;
  const shorter = all.map(({ cells, line }) => ({ cells: cells.slice(0, length - 1), line }));
  return withoutEmptyEnd(shorter);
}

function checkTable(file: string, header: CsvRow, rows: readonly CsvRow[]): void {
  const names = header.cells.slice(1);
  if (names.length === 0)
    throw bad(
      `${nameOf(file)} has no metric column`,
      'write a header such as cycle,rss_bytes; commas, semicolons or tabs separate',
    );
  const twice = names.find((name, at) => names.indexOf(name) !== at || name === '');
  if (twice !== undefined)
    throw bad(twice === '' ? 'a column has no name' : `column ${twice} is there twice`);
  if (rows.length < 2)
    throw bad(
      `${nameOf(file)} has ${rows.length} row${rows.length === 1 ? '' : 's'} of values`,
      'a series needs at least 15 rows for a verdict',
    );
  const wide = rows.find(({ cells }) => cells.length > header.cells.length);
  if (wide !== undefined)
    throw bad(
      `line ${wide.line} has more cells than the header`,
      'write numbers without thousands separators',
    );
}

/**
 * Reads `cycle,<metric>,<metric>...` (or a time column first) from a file, or from standard input (`-`). Throws
 * TidemarkError('usage') with line and column.
 */
export function readCsv(file: string): CsvSeries {
  const text = readText(file);
  const delimiter = delimiterOf(text);
  const [header, ...rows] = withoutEmptyEnd(readRows(text, file, delimiter));
  if (header === undefined)
    throw bad(`${nameOf(file)} is empty`, 'a header and at least 15 rows are needed');
  const [first = '', ...names] = header.cells;
  checkTable(file, header, rows);
  const { kind, values, seconds, notes } = readIndex(first, rows);
  // One row is one cycle: with a time column the rows are numbered, so that slopes stay per cycle.
  const cycles = kind === 'cycle' ? values : rows.map((_, at) => at + 1);
  const read = names.map((metric, at) =>
    readColumn({ rows, cycles, at: at + 1, metric, delimiter }),
  );
  const columns = read.flatMap(({ column }) => column ?? []);
  if (columns.length === 0)
    throw bad(`${nameOf(file)} has no column of numbers`, read[0]?.notes.join('; '));
  return { columns, index: kind, seconds, notes: [...notes, ...read.flatMap((one) => one.notes)] };
}
