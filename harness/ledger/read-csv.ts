import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { TidemarkError } from '../contracts/errors.ts';
import type { SeriesPoints } from '../contracts/trend.ts';
import { parseSize } from '../lib/units.ts';

export interface CsvColumn {
  readonly metric: string;
  readonly points: SeriesPoints;
  /** True when the cells carry byte units (`12.5MiB`); plain numbers are taken as they are. */
  readonly hasUnit: boolean;
}

export interface CsvSeries {
  readonly columns: readonly CsvColumn[];
  /** What the first column counts: cycles, or time, where one row is one cycle. */
  readonly index: 'cycle' | 'time';
  /** Empty cells and other things that were left out, one line each. */
  readonly notes: readonly string[];
}

const TIME_NAMES = ['time', 'timestamp', 'date', 'seconds', 's', 'ms', 'minutes', 'elapsed'];
const CYCLE_NAMES = ['cycle', 'cycles', 'iteration', 'run', 'wave', 'n'];
const EMPTY = ['', 'na', 'n/a', 'null', '-'];

const bad = (message: string, hint?: string): TidemarkError =>
  new TidemarkError('usage', message, hint === undefined ? {} : { hint });

function readRows(file: string): string[][] {
  try {
    return parse(readFileSync(file, 'utf8'), {
      bom: true,
      delimiter: [',', ';', '\t'],
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TidemarkError('usage', `${file} cannot be read as CSV: ${why}`, { cause });
  }
}

function indexKind(name: string): CsvSeries['index'] {
  const plain = name.toLowerCase();
  if (CYCLE_NAMES.includes(plain)) return 'cycle';
  if (TIME_NAMES.includes(plain)) return 'time';
  throw bad(
    `the first column is '${name}', it must be the cycle or a time`,
    'write a header such as cycle,rss_bytes',
  );
}

function indexValue(text: string, kind: CsvSeries['index'], line: number): number {
  const value = text === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  const date = kind === 'time' ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(date)) throw bad(`line ${line}: '${text}' is no ${kind}`);
  return date / 1000;
}

function checkIndex(values: readonly number[]): void {
  for (const [at, value] of values.entries()) {
    const before = values[at - 1];
    if (before !== undefined && value <= before) {
      throw bad(`line ${at + 2}: the first column must rise, ${value} comes after ${before}`);
    }
  }
}

/** `rss_kib`, `heap (MB)`, `rss.bytes`: what plain numbers of a column are, when its name says it. */
function unitInName(name: string): string | null {
  return /(?:^|[^a-z])(bytes|[kmg]i?b)\)?\]?$/i.exec(name)?.[1] ?? null;
}

interface Cell {
  readonly value: number;
  readonly hasUnit: boolean;
}

/** Null for an empty cell; a thousands separator or an unknown unit is refused rather than guessed. */
function readCell(text: string, metric: string, line: number): Cell | null {
  if (EMPTY.includes(text.toLowerCase())) return null;
  const number = Number(text);
  if (Number.isFinite(number)) return { value: number, hasUnit: false };
  const size = parseSize(text);
  if (size !== null) return { value: size, hasUnit: true };
  const hint = /^[\d.,]+$/.test(text)
    ? 'write numbers without thousands separators'
    : 'a number, or a size such as 12.5MiB';
  throw bad(`line ${line}, column ${metric}: '${text}' is not a value`, hint);
}

function readColumn(
  rows: readonly string[][],
  index: readonly number[],
  at: number,
  metric: string,
) {
  const cycles: number[] = [];
  const values: number[] = [];
  const units = new Map<boolean, number>();
  rows.forEach((row, i) => {
    const cell = readCell(row[at] ?? '', metric, i + 2);
    if (cell === null) return;
    units.set(cell.hasUnit, i + 2);
    cycles.push(index[i] ?? 0);
    values.push(cell.value);
  });
  // Zero needs no unit; everything else in a column must agree.
  const plain = units.get(false);
  if (units.has(true) && plain !== undefined && rows.some((row) => Number(row[at]) > 0)) {
    throw bad(
      `column ${metric}: line ${plain} has no unit, line ${units.get(true)} has one`,
      'write one unit in the whole column',
    );
  }
  const missing = rows.length - values.length;
  const note =
    missing > 0
      ? [`column ${metric}: ${missing} of ${rows.length} cells are empty and were left out`]
      : [];
  const named = units.has(true) ? null : unitInName(metric);
  const factor = named === null ? 1 : (parseSize(`1${named}`) ?? 1);
  if (factor !== 1)
    note.push(`column ${metric}: its numbers are read as ${named}, as its name says`);
  const points = { cycles, values: values.map((value) => value * factor) };
  return { column: { metric, points, hasUnit: units.has(true) || named !== null }, note };
}

/** One row is one cycle: with a time column the rows are numbered, so that slopes stay per cycle. */
function rowNumbers(rows: readonly string[][]): number[] {
  return rows.map((_, at) => at + 1);
}

/** Reads `cycle,<metric>,<metric>...` (or a time column first). Throws TidemarkError('usage') with line and column. */
export function readCsv(file: string): CsvSeries {
  const [header, ...rows] = readRows(file);
  if (header === undefined)
    throw bad(`${file} is empty`, 'a header and at least 15 rows are needed');
  const names = header.slice(1);
  const kind = indexKind(header[0] ?? '');
  if (names.length === 0)
    throw bad(`${file} has no metric column`, 'write a header such as cycle,rss_bytes');
  const twice = names.find((name, at) => names.indexOf(name) !== at || name === '');
  if (twice !== undefined)
    throw bad(twice === '' ? 'a column has no name' : `column ${twice} is there twice`);
  if (rows.length < 2)
    throw bad(
      `${file} has ${rows.length} row${rows.length === 1 ? '' : 's'} of values`,
      'a series needs at least 15 rows for a verdict',
    );
  const wide = rows.findIndex((row) => row.length > header.length);
  if (wide >= 0)
    throw bad(
      `line ${wide + 2} has more cells than the header`,
      'write numbers without thousands separators',
    );
  const index = rows.map((row, at) => indexValue(row[0] ?? '', kind, at + 2));
  checkIndex(index);
  const read = names.map((name, at) =>
    readColumn(rows, kind === 'cycle' ? index : rowNumbers(rows), at + 1, name),
  );
  return {
    columns: read.map(({ column }) => column),
    index: kind,
    notes: read.flatMap(({ note }) => note),
  };
}
