import { judgeSeries } from '../../../harness/analyze/judge/judge-series.ts';
import { decideAtLook, defaultLooks } from '../../../harness/analyze/judge/looks.ts';
import { allFamilies, type Family } from './generators.ts';
import { drawSeries, measure } from './measure.ts';
import { type Rival, rivals } from './rivals.ts';

export interface TableOptions {
  readonly points: readonly number[];
  readonly repetitions: number;
  readonly redraw: boolean;
  readonly seed: number;
  readonly only?: RegExp;
}

/** One Markdown table: P(says growing) of every judge on every family; false alarms for nulls, power for leaks. */
export function judgeTable(options: TableOptions): string {
  const families = allFamilies.filter(({ id }) => options.only?.test(id) ?? true);
  const parts: string[] = [];
  for (const points of options.points) {
    parts.push(`### n = ${points}${options.redraw ? ', parameters redrawn' : ''}`, '');
    parts.push(row(['series', ...rivals.map(({ id }) => id), 'steady: rule', 'steady: tidemark']));
    parts.push(row(['---', ...rivals.map(() => '---'), '---', '---']));
    for (const family of families) parts.push(familyRow(family, points, options));
    parts.push('');
  }
  return parts.join('\n');
}

function familyRow(family: Family, points: number, options: TableOptions): string {
  const rates = measure({ ...options, family, points }, rivals);
  const steadyOf = (id: string): string => {
    const at = rivals.findIndex((rival: Rival) => rival.id === id);
    return format(rates[at]?.steady ?? 0);
  };
  return row([
    `${family.truth === 'leak' ? '**leak** ' : ''}${family.id}`,
    ...rates.map(({ growing }) => format(growing)),
    steadyOf('batch rule'),
    steadyOf('tidemark'),
  ]);
}

/** Mean cycles until `--until-decided` stops, and what it stops with. */
export function looksTable(options: TableOptions): string {
  const parts = [
    '### Looking at 25, 50, 100 and 200 cycles',
    '',
    row(['series', 'growing', 'steady', 'mean cycles to growing', 'mean cycles to steady']),
    row(['---', '---', '---', '---', '---']),
  ];
  const families = allFamilies.filter(({ id }) => options.only?.test(id) ?? true);
  for (const family of families) {
    const ends = endsOf(family, options);
    const share = (cycles: readonly number[]): string =>
      format(cycles.length / options.repetitions);
    parts.push(
      row([
        family.id,
        share(ends.growing),
        share(ends.steady),
        average(ends.growing),
        average(ends.steady),
      ]),
    );
  }
  return parts.join('\n');
}

/** After how many cycles each repetition stopped, by what it stopped with. */
export function endsOf(family: Family, options: Omit<TableOptions, 'points'>) {
  const points = Math.max(...defaultLooks);
  const ends = { growing: [] as number[], steady: [] as number[] };
  for (let i = 0; i < options.repetitions; i += 1) {
    const { answer, cycles } = stopOf(drawSeries({ ...options, family, points }, i));
    if (answer !== null) ends[answer].push(cycles);
  }
  return ends;
}

function stopOf({ values, budget, kind }: ReturnType<typeof drawSeries>) {
  for (const look of defaultLooks) {
    const seen = Array.from(values.subarray(0, look));
    const points = { cycles: seen.map((_, i) => i + 1), values: seen };
    const { answer } = decideAtLook(points, { budgetPerCycle: budget, kind }, look);
    if (answer !== null) return { answer, cycles: look };
  }
  return { answer: null, cycles: values.length };
}

/** Milliseconds per series of 200 points, families in turn; the clock is the caller's, since this file stays pure. */
export function timeJudging(count: number, now: () => number, only?: RegExp): number {
  const families = allFamilies.filter(({ id }) => only?.test(id) ?? true);
  const series = Array.from({ length: count }, (_, i) => {
    const family = families[i % families.length] as Family;
    const trial = { family, points: 200, repetitions: 1, redraw: false, seed: 1 };
    const { values, budget, kind } = drawSeries(trial, i);
    return {
      points: { cycles: Array.from(values, (_v, k) => k + 1), values: Array.from(values) },
      budget,
      kind,
    };
  });
  const start = now();
  for (const { points, budget, kind } of series)
    judgeSeries(points, { budgetPerCycle: budget, kind });
  return (now() - start) / count;
}

function average(values: readonly number[]): string {
  if (values.length === 0) return '-';
  return String(Math.round(values.reduce((a, b) => a + b, 0) / values.length));
}

function format(p: number): string {
  if (p === 0 || p === 1) return String(p);
  return p.toFixed(2).replace(/^0/, '');
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
