import type { CellAnalysis, MetricAnalysis, VerdictKind } from '../harness/contracts/result.ts';
import { formatAmount, formatRate, plural } from '../harness/lib/format.ts';
import { type ChartData, chartData } from './_html-chart-data.ts';
import { chip, fullStop, table } from './_html-parts.ts';
import { type Html, html, name, nothing, shortName } from './_html-tag.ts';
import { figure, meaning, perOf, slopeText } from './_metric-words.ts';

/** Gives a chart its place in the data of the page. */
export type AddChart = (chart: ChartData) => number;

/** The cell whose metrics are shown, and where they go. */
export interface MetricContext {
  readonly cell: CellAnalysis;
  readonly anchor: string;
  readonly addChart: AddChart;
}

const mostRows = 12;

/** One judged metric: what it does in words, drawn, and as a table for those who cannot see the drawing. */
export function metricFigure(metric: MetricAnalysis, ctx: MetricContext): Html {
  const place = ctx.addChart(chartData(ctx.cell, metric));
  const id = figureId(metric, place, ctx);
  const { title, trend, budget, check, missing } = metric;
  const limit =
    budget === null
      ? nothing
      : html`<p>Budget ${budget.metric}: ${formatAmount(budget.maxPerCycle, metric.unit)}/${perOf(metric)} (${budget.level})${budget.reason === undefined ? nothing : html`, because ${budget.reason}`}.</p>`;
  const gaps =
    missing === 0 ? nothing : html`<p>${plural(missing, 'sample')} could not be read.</p>`;
  return html`<figure id="${id}" data-metric="${shortName(metric.id)}" tabindex="-1">
<figcaption><strong><a href="#${id}">${name(title)}</a> ${chip(...standingOf(check))}</strong> ${sayFigure(metric)}</figcaption>
<div class="chart" data-chart="${place}" role="img" aria-label="${inWords(metric)}"></div>
<details><summary>Values<span class="hidden"> of ${name(title)}</span></summary>
<p>Slope ${slopeText(metric)}, fitted on cycles ${trend.window.from} to ${trend.window.to}. ${fullStop(trend.reason)}</p>
${limit}${gaps}${valueTable(metric)}</details>
</figure>\n`;
}

/** Stays the same from run to run; a name that does not fit into a link is told apart by the place of its chart. */
function figureId({ id }: MetricAnalysis, place: number, { anchor }: MetricContext): string {
  const slug = id.replace(/[^\w.]+/g, '-').slice(0, 60);
  return `${anchor}--${slug === id ? id : `${slug}--${place}`}`;
}

function sayFigure(metric: MetricAnalysis): string {
  return [figure(metric), meaning(metric)].filter((text) => text !== '').join(', ');
}

function standingOf(check: MetricAnalysis['check']): [VerdictKind | 'plain', string] {
  const verdict: VerdictKind = check === 'off' ? 'pass' : check;
  return check === 'off' ? ['plain', 'not gated'] : [verdict, TOLD[verdict]];
}

const TOLD: Readonly<Record<VerdictKind, string>> = {
  pass: 'within budget',
  warn: 'over budget, warns',
  fail: 'over budget',
  inconclusive: 'cannot be told',
  broken: 'not read',
};

/** The chart for those who hear it. */
function inWords(metric: MetricAnalysis): string {
  const { title, unit, series, trend } = metric;
  const { cycles, values } = series;
  const [first, last] = [values[0], values.at(-1)];
  if (first === undefined || last === undefined) return `${title}: no values`;
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const ends = `${formatAmount(first, unit)} in cycle ${cycles[0]}, ${formatAmount(last, unit)} in cycle ${cycles.at(-1)}`;
  const range = `lowest ${formatAmount(low, unit)}, highest ${formatAmount(high, unit)}`;
  return `Chart of ${title} by cycle: ${ends}; ${range}; slope ${slopeText(metric)} from cycle ${trend.window.from} to ${trend.window.to}`;
}

/** At most twelve rows, evenly spaced: the whole series is in the CSV report. */
function valueTable({ title, unit, series, trend }: MetricAnalysis): Html {
  const count = series.values.length;
  const rows = Math.min(mostRows, count);
  const places = Array.from({ length: rows }, (_, i) =>
    rows === 1 ? 0 : Math.round((i * (count - 1)) / (rows - 1)),
  );
  return table({
    caption: `${title} at rest`,
    header: ['cycle', 'value', 'used for'],
    rows: places.map((place) => {
      const cycle = series.cycles[place] ?? 0;
      const value = formatAmount(series.values[place] ?? 0, unit);
      return [String(cycle), value, cycle < trend.window.from ? 'warm-up' : 'slope'];
    }),
    numbers: [1],
  });
}

/** What was read and is not judged, or does not move: first and last value, without a chart. */
export function plainMetrics(caption: string, metrics: readonly MetricAnalysis[]): Html {
  const rows = metrics.flatMap(({ title, unit, series }) => {
    const [first, last] = [series.values[0], series.values.at(-1)];
    if (first === undefined || last === undefined) return [];
    const perCycle = (last - first) / Math.max(1, series.values.length - 1);
    return [
      [name(title), ...[first, last].map((v) => formatAmount(v, unit)), formatRate(perCycle, unit)],
    ];
  });
  return table({
    caption,
    header: ['metric', 'first', 'last', 'from end to end'],
    rows,
    numbers: [1, 2, 3],
  });
}
