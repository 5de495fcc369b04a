import { TidemarkError } from '../contracts/errors.ts';
import type { SeriesPoints } from '../contracts/trend.ts';
import { parseSize } from '../lib/units.ts';
import type { CsvRow } from './csv-index.ts';

export interface CsvColumn {
  readonly metric: string;
  readonly points: SeriesPoints;
  /** True when the cells or the name carry byte units (`12.5MiB`, `rss_kb`); plain numbers are taken as they are. */
  readonly hasUnit: boolean;
}

export interface ReadColumn {
  /** Null: it holds words. */
  readonly column: CsvColumn | null;
  readonly notes: readonly string[];
}

const EMPTY = new Set(['', 'na', 'n/a', '#n/a', 'nan', 'null', 'none', 'nil', '-', '--']);
const COMMA_NUMBER = /^[-+]?\d+,\d+(?=\s*[a-z]*$)/i;
/** `%CPU`, `minflt/s`: nothing that could add up. */
const SHARE = /^%|%$|\/s$/;
const SEPARATED = /^[-+]?[\d.,'’\s]+$/;

const bad = (message: string, hint: string): TidemarkError =>
  new TidemarkError('usage', message, { hint });

/** `rss_kib`, `heap (MB)`, `heapUsedMB`, `rss.bytes`: what plain numbers of a column are, when its name says it. */
function unitInName(name: string): string | null {
  const apart = /(?:^|[^a-z])(bytes|[kmg]i?b)\)?\]?$/i.exec(name)?.[1];
  return apart ?? /(?<=[a-z\d])(Bytes|[KMG]i?[Bb])$/.exec(name)?.[1] ?? null;
}

interface Cell {
  readonly value: number;
  readonly hasUnit: boolean;
}

/** A thousands separator or an unknown unit is refused rather than guessed. */
function readCell(text: string, metric: string, line: number): Cell {
  const number = Number(text);
  if (Number.isFinite(number)) return { value: number, hasUnit: false };
  const size = parseSize(text);
  if (size !== null) return { value: size, hasUnit: true };
  const hint = SEPARATED.test(text)
    ? 'write numbers with a decimal point and without thousands separators'
    : 'a number, or a size such as 12.5MiB';
  throw bad(`line ${line}, column ${metric}: '${text}' is not a value`, hint);
}

/**
 * Where commas do not separate cells they may be decimal points. Only certain when a cell could not be thousands:
 * `40,065` alone may be either.
 */
function hasDecimalCommas(texts: readonly string[], delimiter: string): boolean {
  const commas = delimiter === ',' ? [] : texts.filter((text) => text.includes(','));
  return (
    commas.every((text) => COMMA_NUMBER.test(text)) &&
    commas.some((text) => !/,\d{3}(?!\d)/.test(text))
  );
}

/** Zero needs no unit; everything else in a column must agree. */
function checkUnits(
  cells: readonly (Cell & { readonly line: number })[],
  metric: string,
): 'sizes' | 'numbers' {
  const sized = cells.findLast(({ hasUnit }) => hasUnit);
  const plain = cells.findLast(({ hasUnit, value }) => !hasUnit && value !== 0);
  if (sized !== undefined && plain !== undefined) {
    throw bad(
      `column ${metric}: line ${plain.line} has no unit, line ${sized.line} has one`,
      'write one unit in the whole column',
    );
  }
  return sized === undefined ? 'numbers' : 'sizes';
}

export interface ColumnSource {
  readonly rows: readonly CsvRow[];
  /** What each row counts as. */
  readonly cycles: readonly number[];
  readonly at: number;
  readonly metric: string;
  readonly delimiter: string;
}

/** One column of values; one of words (the name of a command) is left out, and said. */
export function readColumn({ rows, cycles, at, metric, delimiter }: ColumnSource): ReadColumn {
  const filled = rows.flatMap(({ cells, line }, i) => {
    const text = cells[at] ?? '';
    return EMPTY.has(text.toLowerCase()) ? [] : [{ text, line, cycle: cycles[i] ?? 0 }];
  });
  const [first] = filled;
  if (first !== undefined && filled.every(({ text }) => /^[a-z/_]/i.test(text))) {
    return { column: null, notes: [`column ${metric}: words ('${first.text}'), left out`] };
  }
  if (SHARE.test(metric)) {
    return { column: null, notes: [`column ${metric}: a share or a rate, left out`] };
  }
  const notes: string[] = [];
  const decimal = hasDecimalCommas(
    filled.map(({ text }) => text),
    delimiter,
  );
  if (decimal) notes.push(`column ${metric}: a comma is read as the decimal point`);
  const cells = filled.map(({ text, line }) => ({
    line,
    ...readCell(decimal ? text.replace(',', '.') : text, metric, line),
  }));
  const missing = rows.length - cells.length;
  if (missing > 0) {
    notes.push(`column ${metric}: ${missing} of ${rows.length} cells are empty and were left out`);
  }
  const named = checkUnits(cells, metric) === 'sizes' ? null : unitInName(metric);
  const factor = named === null ? 1 : (parseSize(`1${named}`) ?? 1);
  if (factor !== 1)
    notes.push(`column ${metric}: its numbers are read as ${named}, as its name says`);
  const values = cells.map(({ value }) => value * factor);
  const hasUnit = named !== null || cells.some((cell) => cell.hasUnit);
  const points = { cycles: filled.map(({ cycle }) => cycle), values };
  return { column: { metric, points, hasUnit }, notes };
}
