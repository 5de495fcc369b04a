import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { MachineFacts } from '../harness/contracts/plan.ts';
import type { RunResult } from '../harness/contracts/result.ts';
import { defineReport } from '../harness/define.ts';
import { formatAmount, formatSeconds, plural } from '../harness/lib/format.ts';
import { redact } from '../harness/lib/format-safe.ts';
import { isExplained } from './_explanations.ts';
import { cellSection } from './_html-cell.ts';
import type { PageData } from './_html-chart-data.ts';
import { executors } from './_html-executors.ts';
import { comparisons, matrix, truths, verdictBanner } from './_html-overview.ts';
import { anchorsOf, section } from './_html-parts.ts';
import { CHARTS_SCRIPT } from './_html-script-charts.ts';
import { NAVIGATE_SCRIPT } from './_html-script-navigate.ts';
import { STACKS_SCRIPT } from './_html-script-stacks.ts';
import { STYLE } from './_html-style.ts';
import { type Html, html, markupOf, name, nothing, trusted } from './_html-tag.ts';
import { runAgain } from './_run-again.ts';

const require = createRequire(import.meta.url);

/** One file that opens from disk and asks nothing of any network. */
export default defineReport({
  id: 'html',
  title: 'Report with charts, one offline file',
  fileName: 'report.html',
  render: (result) => `${markupOf(page(result))}\n`,
});

function page(result: RunResult): Html {
  const anchors = anchorsOf(result);
  const data: PageData = { charts: [], stacks: [] };
  const ctx = {
    result,
    anchors,
    addChart: (chart: PageData['charts'][number]): number => data.charts.push(chart) - 1,
    addStack: (stack: PageData['stacks'][number]): number => data.stacks.push(stack) - 1,
  };
  const cells = result.cells.map((cell, i) => cellSection(cell, i, ctx));
  const body = html`<a class="skip" href="#cells">Skip to the cells</a>
<header>${verdictBanner(result, anchors)}
<p class="soft run">tidemark ${result.plan.tidemarkVersion}, run ${name(result.runId)}, ${minute(result.startedAt)} to ${minute(result.finishedAt)}</p>
<noscript><p>Charts are drawn by a script in this file. Without it, every value is in the tables.</p></noscript></header>
<main>
${warnings(result)}${matrix(result, anchors)}${executors(result)}${comparisons(result, anchors)}${truths(result, anchors)}
<p id="no-such" role="status"></p>
${section('Cells', 'cells', filter(result), KEYS, html`${cells}`)}
${environment(result)}
</main>
<footer>Written by tidemark. Full series: <code>tidemark report &lt;run&gt; --format csv</code>.</footer>`;
  return frame(`tidemark: ${result.verdict}, run ${result.runId}`, body, data);
}

function frame(title: string, body: Html, data: PageData): Html {
  const library = inScript(readFileSync(require.resolve('uplot/dist/uPlot.iife.min.js'), 'utf8'));
  const libraryStyle = readFileSync(require.resolve('uplot/dist/uPlot.min.css'), 'utf8');
  const script = inScript(`${CHARTS_SCRIPT}${STACKS_SCRIPT}${NAVIGATE_SCRIPT}`);
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src ${hashOf(library)} ${hashOf(script)}; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${trusted(libraryStyle)}${trusted(STYLE)}</style>
</head>
<body>
${body}
<script type="application/json" id="chart-data">${trusted(jsonInScript(data))}</script>
<script>${trusted(library)}</script>
<script>${trusted(script)}</script>
</body>
</html>`;
}

/** Nothing in a script may end it. */
const inScript = (script: string): string => script.replace(/<\/(?=script)/gi, '<\\/');

/** JSON in which no markup can begin, and which is still the same JSON. */
const jsonInScript = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

const hashOf = (script: string): string =>
  `'sha256-${createHash('sha256').update(script).digest('base64')}'`;

const minute = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;

const KEYS = html`<ul class="keys" aria-hidden="true">
<li><i class="key-series"></i>measured</li><li><i class="key-fit"></i>fitted slope with its interval</li>
<li><i class="key-budget"></i>growth the budget allows</li><li><i class="key-warm"></i>warm-up, not fitted</li>
<li><i class="key-mark"></i>checkpoint</li></ul>`;

/** Only worth its room with several cells; shown by the script, without which it could do nothing. */
function filter({ cells, verdicts }: RunResult): Html {
  if (cells.length < 2) return nothing;
  const found = [...new Set(verdicts.map(({ verdict }) => verdict))];
  return html`<form id="filter" hidden role="search">
<div><label for="filter-text">Cells whose name has all of these words</label><input id="filter-text" name="text" type="search" size="32" autocomplete="off"></div>
<div><label for="filter-verdict">Verdict</label><select id="filter-verdict" name="verdict"><option value="">any</option>${found.map((verdict) => html`<option>${verdict}</option>`)}</select></div>
<output id="shown" class="soft" aria-live="polite"></output>
</form>`;
}

/** What a reader must know before trusting the rest. */
function warnings(result: RunResult): Html {
  const skipped = result.plan.skipped.map(
    ({ cell, reason, hint }) =>
      html`<li>${name(cell.id)} was skipped: ${reason}${hint === undefined ? nothing : html` (try: <code>${hint}</code>)`}</li>`,
  );
  const lines = [
    ...result.warnings.map((text) => html`<li>${text}</li>`),
    ...skipped,
    ...result.tighterBudgets.map(({ says }) => html`<li>${says}</li>`),
  ];
  return lines.length === 0 ? nothing : section('Good to know', 'notes', html`<ul>${lines}</ul>`);
}

function idleNoiseText(idle: MachineFacts['idleNoise']): string {
  if (idle === undefined || idle === null) return 'not measured here (tidemark doctor --self-test)';
  return `measured ${idle.measuredAt.slice(0, 10)}: no series is said to see more than an idle program's would`;
}

function environment(result: RunResult): Html {
  const { plan, cells } = result;
  const { machine, settings, network } = plan;
  const seen = Math.max(0, ...cells.map(({ cyclesDone }) => cyclesDone));
  const rows = [
    ['tidemark', plan.tidemarkVersion],
    ['kernel', `${machine.kernel} ${machine.arch}`],
    ['C library', machine.libc],
    [
      'machine',
      `${plural(machine.cpus, 'cpu')}, ${formatAmount(machine.memoryBytes, 'bytes')} of memory`,
    ],
    ['huge pages', machine.transparentHugePages],
    ['idle noise', idleNoiseText(machine.idleNoise)],
    ['harness runs on', `node ${machine.node}`],
    ['network', `${network.kind}: ${network.reason}`],
    [
      'settings',
      `${plural(settings.cycles, 'cycle')}${settings.untilDecided ? ' at most' : ''}, ${plural(settings.repeats, 'repeat')}, idle tail ${formatSeconds(settings.idleTailMs / 1000)}, settles within ${formatSeconds(settings.settleTimeoutMs / 1000)}`,
    ],
    [
      'not tested',
      `anything beyond cycle ${seen}${isExplained(result) ? '' : '; the cause (no heap snapshot and no allocation profile was taken)'}${settings.repeats === 1 ? '; the spread between runs (every cell ran once)' : ''}`,
    ],
  ];
  return section(
    'Environment',
    'environment',
    html`<dl>${rows.map(([term = '', text = '']) => html`<dt>${term}</dt><dd>${text}</dd>`)}</dl>`,
    html`<p>Run it again:</p><pre><code>${runAgain(result).map((line) => html`${redact(line)}`)}</code></pre>`,
  );
}
