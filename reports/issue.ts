import type { CellAnalysis, MetricAnalysis, RunResult } from '../harness/contracts/result.ts';
import { scenarioName } from '../harness/contracts/scenario-name.ts';
import { defineReport } from '../harness/define.ts';
import {
  formatAmount,
  formatChange,
  formatSeconds,
  grouped,
  plural,
} from '../harness/lib/format.ts';
import { escapeMarkdown, fenced } from '../harness/lib/format-safe.ts';
import { cut, markdownTable } from '../harness/lib/table.ts';
import { allocatorRow, controlsOf, issueCell } from './_issue-cell.ts';
import { issueExplanation } from './_issue-explanation.ts';
import {
  decidingMetric,
  figure,
  newsworthyMetrics,
  slopeText,
  targetName,
} from './_metric-words.ts';
import { notTested } from './_not-tested.ts';
import { runCellAgain } from './_run-again.ts';

const mostGrowing = 12;
const mostClasses = 10;
const mostControls = 6;
/** Far over any real name, and short enough to be read. */
const longest = 1000;
const safe = (text: string): string => escapeMarkdown(cut(text, longest));

/** One leaking cell as SDK maintainers ask for it; reports without these facts are closed or stall. */
export default defineReport({
  id: 'issue',
  title: 'Issue report of the cell that leaks, ready to paste',
  fileName: 'issue.md',
  render: (result, options) => {
    const chosen = result.cells.find(({ cell }) => cell.id === options.cell);
    const cell = chosen ?? issueCell(result);
    const body = cell === null ? nothingToReport(result) : issue(cell, result);
    return `${body.join('\n\n')}\n`;
  },
});

function nothingToReport(result: RunResult): string[] {
  const found = result.cells.map(
    (cell, i) =>
      `- ${safe(cell.cell.id)}: ${cell.classification.kind}. ${safe(result.verdicts[i]?.because ?? '')}`,
  );
  return [
    '# Nothing to report',
    `No cell of run ${safe(result.runId)} was found to leak, to fragment or to retain memory (verdict ${result.verdict}).`,
    ...(found.length === 0 ? [] : [found.join('\n')]),
  ];
}

function issue(cell: CellAnalysis, result: RunResult): string[] {
  return [
    `# ${title(cell)}`,
    verdict(cell, result),
    ...section(
      cell.cell.pace === 'time'
        ? 'What grows, per minute of the call'
        : 'What grows, per cycle, at rest after garbage collection',
      growing(cell),
    ),
    ...section('Does it go away?', afterwards(cell)),
    ...section('Is it the allocator?', allocators(cell, result)),
    ...section('Control', controls(cell, result)),
    ...section('What is left behind', leftBehind(cell)),
    ...section('What keeps it', issueExplanation(cell, result)),
    ...section('Reproduce', [
      fenced([runCellAgain(result, cell)], 'sh'),
      'Needs Linux on x86-64 and Node 20; it fetches the rest, and runs in a network namespace of its own.',
    ]),
    ...section('Versions', versions(cell, result)),
    ...section('What was not tested', notTested(narrowed(cell, result))),
  ];
}

const section = (heading: string, body: readonly string[]): string[] =>
  body.length === 0 ? [] : [`## ${heading}`, ...body];

const KINDS: Readonly<Record<string, string>> = {
  leak: 'leaks',
  mixed: 'leaks and fragments:',
  fragmentation: 'fragments its heap:',
  retention: 'retains free memory:',
};

function title(cell: CellAnalysis): string {
  const metric = decidingMetric(cell);
  const what = metric === undefined ? '' : ` ${safe(metric.title)} ${safe(slopeText(metric))}`;
  return `${safe(targetName(cell))} ${KINDS[cell.classification.kind] ?? ''}${what} in ${safe(scenarioName(cell.cell))}`;
}

/** One line, with what it rests on. */
function verdict(cell: CellAnalysis, { repeats, runId }: RunResult): string {
  const { classification, cyclesDone } = cell;
  const own = repeats.find(({ cell: id }) => cell.cell.id.split('#')[0] === id);
  const again =
    own === undefined ? 'one run' : `${plural(own.runs, 'run')}: ${own.found.join(', ')}`;
  const grows = classification.driver === 'time' ? 'with time, also while idle' : 'with cycles';
  const driver = classification.kind === 'leak' ? `, linear ${grows}` : '';
  return `**${classification.kind}**${driver}: ${safe(classification.why)}. Brackets are 95 % intervals after warm-up; ${plural(cyclesDone, 'cycle')}, ${again} (${safe(runId)}).`;
}

const isGrowing = ({ trend }: MetricAnalysis): boolean => trend.shape === 'growing';

function growing(cell: CellAnalysis): string[] {
  const shown = [
    ...newsworthyMetrics(cell),
    ...cell.metrics.filter((metric) => metric.role === 'count' && isGrowing(metric)),
  ];
  const idle = cell.idleTails.find(({ kind }) => kind === 'left');
  const rows = [...new Set(shown)].slice(0, mostGrowing).map((metric) => {
    const { unit, series, trend } = metric;
    const [first, last] = [series.values[0] ?? 0, series.values.at(-1) ?? 0];
    const after = last + (idle?.change[metric.id] ?? 0);
    return [
      safe(metric.title),
      isGrowing(metric) ? `**${safe(slopeText(metric))}**` : safe(figure(metric)),
      `${trend.window.from} to ${trend.window.to}`,
      formatAmount(first, unit),
      formatAmount(last, unit),
      idle === undefined ? 'not read' : formatAmount(after, unit),
    ];
  });
  const tail = idle === undefined ? 'after idle' : `after ${formatSeconds(idle.seconds)} idle`;
  const header = [
    'metric',
    'slope [95 % interval]',
    'fitted on cycles',
    'first cycle',
    'last cycle',
    tail,
  ];
  return rows.length === 0 ? [] : [markdownTable(header, rows)];
}

/** Does it stay after everyone left, after collection, after a while? */
function afterwards(cell: CellAnalysis): string[] {
  const lines = cell.idleTails.map(({ kind, seconds, change, rising }) => {
    const moved = newsworthyMetrics(cell)
      .filter(({ id }) => (change[id] ?? 0) !== 0)
      .map(({ id, title: name, unit }) => `${name} ${formatChange(change[id] ?? 0, unit)}`);
    const where = kind === 'left' ? 'after everyone has left' : 'in a room that is only held';
    const more = rising.length === 0 ? '' : `; ${rising.join(', ')} kept rising`;
    const what = moved.length === 0 ? 'nothing moved' : moved.join(', ');
    return `- ${formatSeconds(seconds)} with nothing done ${where}: ${safe(what + more)}.`;
  });
  const trim = cell.display.checkpoints.findLast(({ name }) => name === 'left+trim');
  const trimmed = newsworthyMetrics(cell).flatMap(({ id, title: name, unit }) => {
    const value = trim?.values[id];
    return value === undefined ? [] : [`${name} ${formatAmount(value, unit)}`];
  });
  if (trimmed.length > 0) lines.push(`- after malloc_trim: ${safe(trimmed.join(', '))}.`);
  return lines.length === 0 ? ['No idle tail was measured.'] : [lines.join('\n')];
}

function allocators(cell: CellAnalysis, result: RunResult): string[] {
  const measured = allocatorRow(result, cell).filter(({ cyclesDone }) => cyclesDone > 0);
  const rows = measured.map((one) => {
    const metric = decidingMetric(one);
    return [
      safe(one.cell.allocator),
      `**${one.classification.kind}**`,
      metric === undefined ? '' : safe(metric.title),
      metric === undefined ? '' : safe(figure(metric)),
      safe(one.proof?.evidence ?? 'not proven'),
    ];
  });
  const told = cell.classification.evidence.filter(({ rule }) => rule.startsWith('swap-'));
  const header = ['allocator', 'found', 'by', 'per cycle', 'proven by'];
  return [
    markdownTable(header, rows),
    ...(rows.length === 1 ? ['Only one allocator was tried.'] : []),
    ...told.map(({ says }) => `- ${safe(says)}`),
  ];
}

function controls(cell: CellAnalysis, result: RunResult): string[] {
  const rows = controlsOf(result, cell)
    .filter(({ cell: other }) => other.cyclesDone > 0)
    .slice(0, mostControls)
    .map(({ axis, cell: other }) => {
      const metric = decidingMetric(other);
      const name = {
        target: targetName(other),
        executor: other.cell.executor,
        scenario: other.cell.scenario,
      };
      const grows = metric === undefined ? '' : safe(`${metric.title} ${figure(metric)}`);
      return [axis, safe(name[axis]), `**${other.classification.kind}**`, grows];
    });
  if (rows.length === 0) {
    return [
      'No control was run: nothing says yet in which version, executor or scenario it does not happen.',
    ];
  }
  const told = 'The same measurement with exactly one thing changed:';
  return [told, markdownTable(['changed', 'to', 'found', 'per cycle'], rows)];
}

/** Names of threads and kinds of descriptors that grow; sizes of the chunks that every cycle leaves. */
function leftBehind({ metrics, sizeClasses }: CellAnalysis): string[] {
  const counts = metrics
    .filter((metric) => metric.role === 'count' && isGrowing(metric))
    .slice(0, mostGrowing)
    .map((metric) => `- ${safe(metric.title)} ${safe(slopeText(metric))}`);
  const whole = sizeClasses.filter(({ wholeMultiple }) => wholeMultiple !== null);
  const rows = whole
    .slice(0, mostClasses)
    .map((one) => [
      `${grouped(one.sizeBytes)} B`,
      grouped(one.wholeMultiple ?? 0),
      formatAmount(one.bytesPerCycle, 'bytes'),
    ]);
  const chunks =
    'Live malloc chunks that every cycle adds a whole number of: parts of the leaked object.';
  return [
    ...(counts.length === 0 ? [] : [counts.join('\n')]),
    ...(rows.length === 0
      ? []
      : [chunks, markdownTable(['chunk size', 'per cycle', 'bytes per cycle'], rows)]),
  ];
}

function versions({ facts, proof, cell }: CellAnalysis, { plan }: RunResult): string[] {
  const { machine } = plan;
  const rows = [
    ...Object.entries(facts?.versions ?? {}),
    ['native binary really loaded', facts?.nativeBinaries.join(', ') || 'none found'],
    ...Object.entries(facts?.services ?? {}),
    ['executor', cell.executor],
    ['allocator', `${cell.allocator}: ${proof?.evidence ?? 'not proven'}`],
    [
      'system',
      `kernel ${machine.kernel} ${machine.arch}, ${machine.libc}, huge pages ${machine.transparentHugePages}`,
    ],
    ['measured with', `tidemark ${plan.tidemarkVersion}, network ${plan.network.kind}`],
  ].map((row) => row.map(safe));
  const launch = facts?.launchCommand ?? '';
  return [
    markdownTable(['what', 'version'], rows),
    ...(launch === '' ? [] : ['Launch command:', fenced([launch])]),
  ];
}

/** What was not tested of this cell, not of the whole run. */
function narrowed(cell: CellAnalysis, result: RunResult): RunResult {
  const { plan } = result;
  const row = allocatorRow(result, cell).map((one) => one.cell);
  const skipped = plan.skipped.filter(
    ({ cell: other }) => other.target.text === cell.cell.target.text,
  );
  const warnings = result.warnings.filter((text) => text.includes(cell.cell.id));
  return { ...result, cells: [cell], plan: { ...plan, cells: row, skipped }, warnings };
}
