import type {
  CellAnalysis,
  MetricAnalysis,
  RunResult,
  VerdictKind,
} from '../harness/contracts/result.ts';
import { scenarioName } from '../harness/contracts/scenario-name.ts';
import { failureText } from '../harness/lib/failure-text.ts';
import { formatSeconds, plural } from '../harness/lib/format.ts';
import { explanation } from './_html-explanation.ts';
import { headroom } from './_html-headroom.ts';
import { checkpoints, idleTails } from './_html-idle.ts';
import { type AddStack, memoryStack, sizeClasses } from './_html-memory.ts';
import { type AddChart, type MetricContext, metricFigure, plainMetrics } from './_html-metric.ts';
import { type Anchors, chip, filterKeys, fullStop } from './_html-parts.ts';
import { type Html, html, name, nothing } from './_html-tag.ts';
import { kindOf } from './_kind-of.ts';
import { isBlind, leadingMetrics, restlessCounts, targetName } from './_metric-words.ts';

export interface CellContext {
  readonly result: RunResult;
  readonly anchors: Anchors;
  readonly addChart: AddChart;
  readonly addStack: AddStack;
}

/** Everything about one cell, its verdict and the reason first. */
export function cellSection(cell: CellAnalysis, place: number, ctx: CellContext): Html {
  const verdict = ctx.result.verdicts[place]?.verdict ?? 'broken';
  const anchor = ctx.anchors.get(cell.cell.id) ?? '';
  const { executor, allocator, repeat } = cell.cell;
  const parts = [scenarioName(cell.cell), targetName(cell), executor, allocator].map((text) =>
    name(text),
  );
  const again = repeat > 1 ? [name(`repeat ${repeat}`)] : [];
  const title = [...parts, ...again].map((part, i) => (i === 0 ? part : html` · ${part}`));
  return html`<section class="cell" id="${anchor}" aria-labelledby="${anchor}-title"${filterKeys(cell.cell.id, verdict)}>
<div class="head"><h3 id="${anchor}-title" tabindex="-1"><a href="#${anchor}">${title}</a></h3> ${chip(verdict, `${kindOf(cell)}: ${verdict}`)}</div>
${sentences(cell, verdict, ctx)}
${evidence(cell)}
${explanation(cell, ctx.result)}
${charts({ cell, anchor, addChart: ctx.addChart })}
${memoryStack(cell, ctx.addStack)}
${sizeClasses(cell)}
${idleTails(cell, ctx.addChart)}
${checkpoints(cell)}
${environment(cell)}
</section>\n`;
}

function sentences(cell: CellAnalysis, verdict: VerdictKind, { result }: CellContext): Html {
  const { classification, failure, cyclesDone, cyclesPlanned } = cell;
  const because = result.verdicts.find((one) => one.cell === cell.cell.id)?.because ?? '';
  const declared = result.truths.filter((truth) => truth.cell === cell.cell.id);
  const left = headroom(cell);
  const failed = failure === null ? null : failureText(failure);
  const lines = [
    ...(cyclesDone > 0 ? [html`<p class="why">${fullStop(classification.why)}</p>`] : []),
    ...(because !== classification.why && because !== failed
      ? [html`<p>${verdict}: ${fullStop(because)}</p>`]
      : []),
    ...(failed === null ? [] : [html`<p><strong>Failed</strong>: ${fullStop(failed)}</p>`]),
    ...(left === null ? [] : [html`<p><strong>${left}</strong></p>`]),
    ...declared.map(
      ({ expected, holds }) =>
        html`<p>Declared as ${expected.join(' or ')}: ${holds ? 'that holds.' : 'that does not hold.'}</p>`,
    ),
    ...(classification.wouldDecide === null
      ? []
      : [html`<p>What would decide: ${fullStop(classification.wouldDecide)}</p>`]),
    ...(isBlind(cell)
      ? [
          html`<p>Native live bytes cannot be read under ${name(cell.cell.allocator)}: anonymous memory stands in.</p>`,
        ]
      : []),
  ];
  return html`${lines}<p class="soft">${cyclesDone} of ${plural(cyclesPlanned, 'cycle')}.</p>`;
}

function evidence({ classification }: CellAnalysis): Html {
  const all = classification.evidence.filter(({ says }) => !classification.why.startsWith(says));
  if (all.length === 0) return nothing;
  const items = all.map(
    ({ rule, says, supports }) =>
      html`<li>${says} <span class="soft">(${rule}, for ${supports})</span></li>`,
  );
  return html`<h4>Evidence</h4><ul>${items}</ul>`;
}

/** Charts of what carries the verdict; counts that stay where they are wait behind a line. */
function charts(ctx: MetricContext): Html {
  const { cell } = ctx;
  const leading = leadingMetrics(cell);
  const restless = restlessCounts(cell).filter((metric) => !leading.includes(metric));
  const shown = [...leading, ...restless];
  const isShown = (metric: MetricAnalysis): boolean => shown.includes(metric);
  const calm = cell.metrics.filter(
    (metric) => metric.check !== 'off' && !isShown(metric) && metric.series.values.length > 0,
  );
  const rest = cell.metrics.filter((metric) => metric.check === 'off' && !isShown(metric));
  if (shown.length + calm.length + rest.length === 0) return nothing;
  return html`<h4>By cycle, at rest</h4>
<div class="charts">${shown.map((metric) => metricFigure(metric, ctx))}</div>
${calm.length === 0 ? nothing : html`<details><summary>${plural(calm.length, 'count')} within budget</summary><div class="charts">${calm.map((metric) => metricFigure(metric, ctx))}</div></details>`}
${rest.length === 0 ? nothing : html`<details><summary>${plural(rest.length, 'metric')} read, not judged</summary>${plainMetrics('Shown for information.', rest)}</details>`}`;
}

function environment({ facts, proof, jobProof, quality }: CellAnalysis): Html {
  const versions = Object.entries(facts?.versions ?? {});
  const rows: (readonly [string, Html | string])[] = [
    [
      'versions',
      html`${versions.map(([id, version], i) => html`${i === 0 ? nothing : html`, `}${name(id)} ${name(version)}`)}`,
    ],
    ['native binary loaded', facts?.nativeBinaries.join(', ') || 'none found'],
    ...Object.entries(facts?.services ?? {}).map(([id, text]) => [id, html`${text}`] as const),
    ['allocator proven by', proof?.evidence ?? 'not proven'],
    ...(jobProof === null ? [] : [["in a job's process by", jobProof.evidence] as const]),
    ['launch command', html`<code>${facts?.launchCommand || 'not known'}</code>`],
    [
      'heap walks',
      `${quality.exactWalks} exact, ${quality.consistentWalks} consistent, ${quality.failedWalks} left out`,
    ],
    ['unsettled samples', String(quality.unsettledSamples)],
    ['repeated cycles', String(quality.retriedCycles)],
    ['stood still to be read', formatSeconds(quality.stoppedMs / 1000)],
    ...quality.probeErrors.map((error) => ['could not be read', error] as const),
  ];
  return html`<h4>Environment of the cell</h4><dl>${rows.map(([term, text]) => html`<dt>${term}</dt><dd>${text}</dd>`)}</dl>`;
}
