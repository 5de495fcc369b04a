import { TidemarkError } from '../contracts/errors.ts';

/** The first column of a CSV, read. */
export interface CsvIndex {
  readonly kind: 'cycle' | 'time';
  /** As they are written: cycle numbers, or times that only have their order for certain. */
  readonly values: readonly number[];
  /** Null for cycles, and for times whose unit nothing tells. */
  readonly seconds: readonly number[] | null;
  readonly notes: readonly string[];
}

/** A row of the file with the line that it ends on. */
export interface CsvRow {
  readonly cells: readonly string[];
  readonly line: number;
}

/** A column without a name is what pandas writes row numbers into. */
const CYCLE_NAMES = new Set(
  'cycle cycles iteration iterations iter run wave n i index row sample round call request requests'.split(
    ' ',
  ),
);
const TIME_NAMES = new Set(
  'time timestamp ts date datetime elapsed etime clock epoch uptime t'.split(' '),
);
const SECONDS: Readonly<Record<string, number>> = {
  us: 1e-6,
  ms: 1e-3,
  millis: 1e-3,
  milliseconds: 1e-3,
  s: 1,
  sec: 1,
  secs: 1,
  seconds: 1,
  min: 60,
  mins: 60,
  minutes: 60,
  h: 3600,
  hours: 3600,
};
/** `2-03:04:05`, `10:00:01 AM`, `04:05.6`: as ps, pidstat, sar and dstat write times. */
const CLOCK = /^(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)(?:\s*([AP])M)?$/i;
/** Rows that are this many times as far apart as rows mostly are have a gap between them. */
const gapFactor = 3;

const bad = (message: string, hint: string): TidemarkError =>
  new TidemarkError('usage', message, { hint });

interface Named {
  readonly kind: CsvIndex['kind'];
  /** Seconds in one of its unit, where the name says it: `elapsed_ms`, `time (s)`. */
  readonly factor: number | null;
}

function readName(name: string): Named {
  const words = name
    .replace(/^#/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
  const factor = SECONDS[words.at(-1) ?? ''] ?? null;
  const whole = words.join('');
  const base = factor === null ? whole : words.slice(0, -1).join('');
  const isUnnamed = name.replace(/^#/, '') === '';
  if (isUnnamed || CYCLE_NAMES.has(whole)) return { kind: 'cycle', factor: null };
  if (TIME_NAMES.has(base) || (factor !== null && base === '')) return { kind: 'time', factor };
  throw bad(
    `the first column is '${name}', it must be the cycle or a time`,
    'write a header such as cycle,rss_bytes',
  );
}

interface Instant {
  readonly value: number;
  /** True for dates and clock times, which are read as seconds. */
  readonly isWritten: boolean;
}

function readInstant({ cells: [text = ''], line }: CsvRow, kind: CsvIndex['kind']): Instant {
  const value = text === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return { value, isWritten: false };
  if (kind === 'time') {
    const clock = CLOCK.exec(text);
    if (clock !== null) return { value: clockSeconds(clock), isWritten: true };
    const date = Date.parse(text);
    if (!Number.isNaN(date)) return { value: date / 1000, isWritten: true };
  }
  const hint =
    kind === 'time' ? 'write 2026-01-31T10:00:00Z, 10:00:00 or a number' : 'write a number';
  throw bad(`line ${line}: '${text}' is no ${kind}`, hint);
}

function clockSeconds([
  ,
  days = '0',
  hours = '0',
  minutes,
  seconds,
  half,
]: RegExpExecArray): number {
  const hour =
    half === undefined ? Number(hours) : (Number(hours) % 12) + (/p/i.test(half) ? 12 : 0);
  return 86_400 * Number(days) + 3600 * hour + 60 * Number(minutes) + Number(seconds);
}

/** Numbers since 1970 tell their unit by their size; below that it is anybody's guess. */
function factorBySize(value: number): number | null {
  if (value >= 1e14) return 1e-6;
  if (value >= 1e11) return 1e-3;
  return value >= 1e9 ? 1 : null;
}

function checkOrder(rows: readonly CsvRow[], values: readonly number[], kind: CsvIndex['kind']) {
  for (const [at, value] of values.entries()) {
    const before = values[at - 1];
    if (before === undefined || value > before || (kind === 'time' && value === before)) continue;
    throw bad(
      `line ${rows[at]?.line}: the first column must rise, ${value} comes after ${before}`,
      value === before
        ? 'one row per cycle; what several processes do belongs into columns'
        : 'sort the file by its first column',
    );
  }
}

/** Steps of ten are no gaps, a step of ten among steps of one is. */
function gapNotes(rows: readonly CsvRow[], { kind, values }: Pick<CsvIndex, 'kind' | 'values'>) {
  const steps = values.slice(1).map((value, at) => value - (values[at] ?? 0));
  const usual = Float64Array.from(steps).sort()[(steps.length - 1) >> 1] ?? 0;
  const isGap = (step: number): boolean =>
    kind === 'cycle' ? step > 1.5 * usual : usual > 0 && step > gapFactor * usual;
  const gaps = steps.filter(isGap);
  if (gaps.length === 0) return [];
  const at = steps.findIndex(isGap);
  const more = gaps.length > 1 ? `, and ${gaps.length - 1} more such` : '';
  return kind === 'cycle'
    ? [`cycle ${values[at + 1]} comes after ${values[at]}${more}: what is missing was left out`]
    : [
        `line ${rows[at + 1]?.line} comes ${Math.round((steps[at] ?? 0) / usual)} times as late as rows do mostly${more}: rows are counted, not time, unless the budget is per minute`,
      ];
}

/** Reads the first column: cycles that rise, or times that do not fall. Throws TidemarkError('usage') with the line. */
export function readIndex(name: string, rows: readonly CsvRow[]): CsvIndex {
  const { kind, factor } = readName(name);
  const instants = rows.map((row) => readInstant(row, kind));
  const values = instants.map(({ value }) => value);
  checkOrder(rows, values, kind);
  const notes = gapNotes(rows, { kind, values });
  if (kind === 'cycle') return { kind, values, seconds: null, notes };
  const written = instants.every(({ isWritten }) => isWritten);
  const scale = written ? 1 : (factor ?? factorBySize(values[0] ?? 0));
  const seconds = scale === null ? null : values.map((value) => value * scale);
  return { kind, values, seconds, notes };
}
