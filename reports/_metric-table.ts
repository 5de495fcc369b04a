import { padEnd, visibleWidth, wrap } from '../harness/lib/table.ts';

/** One metric of a cell: `name  slope interval  what it says  sparkline`. */
export interface MetricRow {
  readonly name: string;
  /** May be coloured. */
  readonly value: string;
  readonly note: string;
  readonly spark: string;
}

/** A note in a column narrower than this is read worse than one on a line of its own. */
const narrowest = 18;

/**
 * One line per metric, its columns aligned. A note that is too long goes on in its own column; without the room for
 * that it has a line of its own, and the sparkline stays where it is.
 */
export function metricTable(rows: readonly MetricRow[], width: number): string[] {
  const names = widestOf(rows.map(({ name }) => name));
  const values = widestOf(rows.map(({ value }) => value));
  const sparks = widestOf(rows.map(({ spark }) => spark));
  const left = 2 + names + 2 + values + 2;
  const room = width - left - (sparks === 0 ? 0 : sparks + 2);
  const notes = Math.min(room, widestOf(rows.map(({ note }) => note)));
  if (room < narrowest) return rows.flatMap((row) => stacked(row, { names, values, width }));
  return rows.flatMap(({ name, value, note, spark }) => {
    // Without a sparkline its place is free for words.
    const [first = '', ...more] = wrap(note, spark === '' ? width - left : notes, '');
    const head = `  ${padEnd(name, names)}  ${padEnd(value, values)}  `;
    return [
      `${head}${padEnd(first, notes)}  ${spark}`.trimEnd(),
      ...more.map((line) => `${' '.repeat(left)}${line}`),
    ];
  });
}

interface Room {
  readonly names: number;
  readonly values: number;
  readonly width: number;
}

function stacked(
  { name, value, note, spark }: MetricRow,
  { names, values, width }: Room,
): string[] {
  const head = `  ${padEnd(name, names)}  ${padEnd(value, values)}`;
  const whole = `${head}  ${spark}`.trimEnd();
  const line = visibleWidth(whole) <= width ? whole : `  ${name}  ${value}`;
  return [line, ...(note === '' ? [] : wrap(`    ${note}`, width, '    '))];
}

const widestOf = (texts: readonly string[]): number => Math.max(0, ...texts.map(visibleWidth));
