import type { CellPlan, SkippedCell } from '../harness/contracts/plan.ts';
import type { CellAnalysis, RunResult, VerdictKind } from '../harness/contracts/result.ts';
import { scenarioName } from '../harness/contracts/scenario-name.ts';
import { formatAmount, formatSlope, plural } from '../harness/lib/format.ts';
import { headroom } from './_html-headroom.ts';
import {
  type Anchors,
  cellLink,
  chip,
  filterKeys,
  fullStop,
  section,
  table,
} from './_html-parts.ts';
import { type Html, html, name, nothing } from './_html-tag.ts';
import { kindOf } from './_kind-of.ts';
import { decidingMetric, shortFigure } from './_metric-words.ts';
import { type Outcome, outcomesOf } from './_outcomes.ts';
import { groupRepeats } from './_repeats.ts';

const SAYS: Readonly<Record<VerdictKind, string>> = {
  pass: 'Pass',
  warn: 'Pass, with a warning',
  fail: 'Fail',
  inconclusive: 'Inconclusive: this run cannot tell',
  broken: 'Broken: not everything could be measured',
};

const WORST: readonly VerdictKind[] = ['fail', 'broken', 'inconclusive', 'warn', 'pass'];
const mostReasons = 6;

/** The answer, before anything that has to be read or scrolled. */
export function verdictBanner(result: RunResult, anchors: Anchors): Html {
  const declared = result.truths.length > 0 && result.exitCode === 0 ? ', as declared' : '';
  const own = new Map(result.verdicts.map((verdict) => [verdict.cell, verdict]));
  const badness = ({ cell }: Outcome): number =>
    WORST.indexOf(own.get(cell.cell.id)?.verdict ?? 'broken');
  // Of equal weight for the gate: what would have failed without its declaration comes first.
  const groups = groupRepeats(outcomesOf(result).sort((a, b) => badness(a) - badness(b)));
  const lines = groups.slice(0, mostReasons).map(({ worst: { cell }, repeats }) => {
    const left = headroom(cell);
    const because = own.get(cell.cell.id)?.because ?? '';
    const times = repeats > 1 ? html` (the worst of ${repeats} repeats)` : nothing;
    return html`<li><strong>${cellLink(cell.cell.id, anchors)}: ${kindOf(cell)}</strong>${times}. ${fullStop(because)}${left === null ? nothing : html` ${left}`}</li>`;
  });
  const more = groups.length - lines.length;
  return html`<div class="verdict ${result.verdict}">
<h1>${SAYS[result.verdict]}${declared}</h1>
<p>${summary(result)}</p>
<ul>${lines}</ul>
${more > 0 ? html`<p>And ${plural(more, 'more cell')}, below.</p>` : nothing}
</div>`;
}

/** `4 cells: 2 leak, 2 warm-up. Exit code 0.` */
function summary({ cells, plan, truths: checks, exitCode }: RunResult): string {
  const kinds = [...new Set(cells.map(kindOf))];
  const counts = kinds.map((kind) => `${cells.filter((c) => kindOf(c) === kind).length} ${kind}`);
  const skipped = plan.skipped.length === 0 ? [] : [`${plan.skipped.length} skipped`];
  const found = [...counts, ...skipped].join(', ');
  const wrong = checks.filter(({ holds }) => !holds).length;
  const held =
    wrong === 0
      ? 'what was declared holds'
      : `${wrong} of ${plural(checks.length, 'declared answer')} not found`;
  return `${plural(cells.length + plan.skipped.length, 'cell')}${found === '' ? '' : `: ${found}`}${checks.length === 0 ? '' : `; ${held}`}. Exit code ${exitCode}.`;
}

interface Entry {
  readonly plan: CellPlan;
  readonly shown: Html;
}

const rowKey = ({ scenario, target, executor, step }: CellPlan): string =>
  JSON.stringify([scenario, target.text, executor, step?.value]);

/** Rows are what was run and how, columns are the allocators: one look tells whether the swap changes anything. */
export function matrix(result: RunResult, anchors: Anchors): Html {
  const entries: Entry[] = [
    ...result.cells.map((cell, i) => ({
      plan: cell.cell,
      shown: entryOf(cell, result.verdicts[i]?.verdict ?? 'broken', anchors),
    })),
    ...result.plan.skipped.map((skipped) => ({ plan: skipped.cell, shown: skippedEntry(skipped) })),
  ];
  if (entries.length === 0) return nothing;
  const allocators = [...new Set(entries.map(({ plan }) => plan.allocator))];
  const rows = [...new Set(entries.map(({ plan }) => rowKey(plan)))].map((key) =>
    entries.filter(({ plan }) => rowKey(plan) === key),
  );
  const head = html`<th scope="col">scenario · target · executor</th>`;
  const body = rows.map((row) => {
    const [first] = row;
    if (first === undefined) return nothing;
    const { target, executor } = first.plan;
    const scenario = scenarioName(first.plan);
    const columns = allocators.map((allocator) => {
      const here = row.filter(({ plan }) => plan.allocator === allocator);
      return html`<td>${here.length === 0 ? '–' : here.map(({ shown }) => shown)}</td>`;
    });
    return html`<tr><th scope="row">${name(scenario)} · ${name(target.text)} · ${name(executor)}</th>${columns}</tr>\n`;
  });
  return section(
    'Matrix',
    'matrix',
    html`<div class="scroll" role="group" aria-label="Matrix" tabindex="0"><table class="matrix">
<caption>Growth per cycle of the metric that decides each cell, under each allocator.</caption>
<thead><tr>${head}${allocators.map((text) => html`<th scope="col">${name(text)}</th>`)}</tr></thead>
<tbody>${body}</tbody></table></div>`,
  );
}

function entryOf(cell: CellAnalysis, verdict: VerdictKind, anchors: Anchors): Html {
  const metric = decidingMetric(cell);
  const figure =
    metric === undefined ? nothing : html`<br>${name(metric.title)} ${shortFigure(metric)}`;
  const repeat = cell.cell.repeat > 1 ? html` (repeat ${cell.cell.repeat})` : nothing;
  return html`<div class="entry"${filterKeys(cell.cell.id, verdict)}>${chip(verdict)} <a href="#${anchors.get(cell.cell.id) ?? ''}">${kindOf(cell)}${repeat}</a>${figure}</div>`;
}

const skippedEntry = ({ cell, reason }: SkippedCell): Html =>
  html`<div class="entry"${filterKeys(cell.id, 'skipped')}>${chip('skipped')}<br>${reason}</div>`;

/** What changing exactly one axis does, and what the repeats of a cell say together. */
export function comparisons(result: RunResult, anchors: Anchors): Html {
  const rows = result.comparisons.map(({ axis, from, to, answer, says }) => [
    axis,
    answer,
    says,
    cellLink(from, anchors),
    cellLink(to, anchors),
  ]);
  const repeated = result.repeats.flatMap(({ cell, found, metrics }) =>
    metrics.map(({ title, unit, slopes, isPerMinute, ...mean }) => {
      const slope = { value: mean.slopePerCycle, low: mean.intervalLow, high: mean.intervalHigh };
      const { amount, interval } = formatSlope(slope, unit);
      const each = slopes.map((value) => formatAmount(value, unit)).join(', ');
      return [
        cellLink(cell, anchors),
        found.join(', '),
        name(title),
        `${amount}/${isPerMinute ? 'minute' : 'cycle'} ${interval}`,
        each,
      ];
    }),
  );
  if (rows.length + repeated.length + result.ladders.length === 0) return nothing;
  return section(
    'Comparisons',
    'comparisons',
    table({
      caption: 'Exactly one thing changed.',
      header: ['changed', 'answer', 'what it shows', 'from', 'to'],
      rows,
      sentences: [2],
    }),
    table({
      caption: 'The same cell again in a fresh process: mean slope with its 95 % interval.',
      header: ['cell', 'each is', 'metric', 'mean', 'slope of each'],
      rows: repeated,
    }),
    html`${result.repeats.map(({ cell, says }) => html`<p>${name(cell)}: ${says}</p>`)}`,
    html`${result.ladders.map(({ cells, says }) => html`<p>Ladder of ${cellLink(cells[0] ?? '', anchors)}: ${fullStop(says)}</p>`)}`,
  );
}

export function truths({ truths: checks }: RunResult, anchors: Anchors): Html {
  if (checks.length === 0) return nothing;
  const rows = checks.map(({ cell, expected, got, holds }) => [
    cellLink(cell, anchors),
    expected.join(' or '),
    got,
    holds ? chip('pass', 'yes') : chip('fail', 'no'),
  ]);
  return section(
    'Declared truths',
    'truths',
    table({
      caption: 'Answers that were known before the run.',
      header: ['cell', 'declared', 'found', 'holds'],
      rows,
    }),
  );
}
