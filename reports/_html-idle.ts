import type { CellAnalysis, IdleTail, MetricAnalysis } from '../harness/contracts/result.ts';
import type { SeriesPoints } from '../harness/contracts/trend.ts';
import { formatAmount, formatChange, formatSeconds } from '../harness/lib/format.ts';
import { type ChartData, tailData } from './_html-chart-data.ts';
import { table } from './_html-parts.ts';
import { type Html, html, name, nothing } from './_html-tag.ts';

export type AddTail = (chart: ChartData) => number;

const mostCurves = 6;
const CURVES: readonly MetricAnalysis['role'][] = [
  'live',
  'count',
  'anonymous',
  'pinned',
  'trimmable',
];
const isTold = ({ id, role }: MetricAnalysis): boolean => role !== 'info' || id === 'memory.rss';

/** What moved while nothing was done, in words and as curves. */
export function idleTails(
  { idleTails: tails, metrics, display }: CellAnalysis,
  add: AddTail,
): Html {
  if (tails.length === 0) return nothing;
  const told = tails.map((tail) => {
    const curves = display.idleTails.find(({ kind }) => kind === tail.kind)?.metrics ?? {};
    const moved = metrics.filter((metric) => (tail.change[metric.id] ?? 0) !== 0 && isTold(metric));
    const drawn = CURVES.flatMap((role) => metrics.filter((metric) => metric.role === role))
      .flatMap((metric) => {
        const series = curves[metric.id];
        return series === undefined || series.values.length < 3 ? [] : [{ metric, series }];
      })
      .slice(0, mostCurves);
    return html`<p>${where(tail)}, ${formatSeconds(tail.seconds)} with nothing done: ${moved.length === 0 ? 'nothing moved.' : ''}</p>${moved.length === 0 ? nothing : html`<ul>${moved.map((metric) => change(metric, tail))}</ul>`}
<div class="charts small">${drawn.map(({ metric, series }) => curve(metric, series, add))}</div>`;
  });
  return html`<h4>Idle tail</h4>${told}`;
}

const where = ({ kind }: IdleTail): string =>
  kind === 'left' ? 'After the last cycle' : 'In a held room';

const change = ({ id, title, unit }: MetricAnalysis, tail: IdleTail): Html =>
  html`<li>${name(title)} ${formatChange(tail.change[id] ?? 0, unit)}${tail.rising.includes(id) ? ', and kept rising' : ''}</li>`;

function curve(metric: MetricAnalysis, series: SeriesPoints, add: AddTail): Html {
  const { title, unit } = metric;
  const { cycles: seconds, values } = series;
  const told = [0, values.length >> 1, values.length - 1].map(
    (i) =>
      `${formatAmount(values[i] ?? 0, unit)} ${i === 0 ? 'at first' : `after ${formatSeconds(seconds[i] ?? 0)}`}`,
  );
  return html`<figure><figcaption><strong>${name(title)}</strong> ${told.at(0) ?? ''}, ${told.at(-1) ?? ''}</figcaption>
<div class="chart" data-chart="${add(tailData(series, metric))}" role="img" aria-label="Chart of ${title} by second of the idle tail: ${told.join(', ')}"></div></figure>`;
}

const CHECKPOINTS: Readonly<Record<string, string>> = {
  start: 'before the first cycle',
  joined: 'in the room',
  left: 'room left',
  'left+gc': 'at rest, collected',
  'left+idle': 'after the idle tail',
  'left+trim': 'after malloc_trim',
};

/** The same moments for every metric: what people compare by hand between runs. */
export function checkpoints({ display, metrics }: CellAnalysis): Html {
  const looks = [...new Map(display.checkpoints.map((look) => [look.name, look])).values()];
  if (looks.length < 2) return nothing;
  const told = metrics.filter(
    ({ id, role }) => (role !== 'info' && role !== 'count') || id === 'memory.rss' || isTotal(id),
  );
  const rows = told.flatMap(({ id, title, unit }) => {
    if (looks.every(({ values }) => values[id] === undefined)) return [];
    const cells = looks.map(({ values }) => {
      const value = values[id];
      return value === undefined ? '–' : formatAmount(value, unit);
    });
    return [[name(title), ...cells]];
  });
  const head = looks.map((look) => `${CHECKPOINTS[look.name] ?? look.name}, cycle ${look.cycle}`);
  return html`<details><summary>Checkpoints</summary>${table({
    caption: 'Readings at named moments.',
    header: ['metric', ...head],
    rows,
    numbers: looks.map((_, i) => i + 1),
  })}</details>`;
}

const isTotal = (id: string): boolean => id.endsWith('.total');
