import type {
  CellAnalysis,
  Ladder,
  MetricAnalysis,
  RunResult,
  SizeClassGrowth,
} from '../harness/contracts/result.ts';
import { scenarioName } from '../harness/contracts/scenario-name.ts';
import { defineReport } from '../harness/define.ts';
import {
  formatAmount,
  formatChange,
  formatSeconds,
  formatSlope,
  grouped,
  isKnown,
  plural,
} from '../harness/lib/format.ts';
import { escapeMarkdown, fenced } from '../harness/lib/format-safe.ts';
import { markdownTable } from '../harness/lib/table.ts';
import { cyclesText } from './_cycles-text.ts';
import { executorTable } from './_executor-table.ts';
import { kindOf } from './_kind-of.ts';
import { budgets } from './_markdown-budgets.ts';
import { explanations } from './_markdown-explanations.ts';
import {
  meaning,
  newsworthyMetrics,
  restlessCounts,
  slopeText,
  standing,
  targetName,
} from './_metric-words.ts';
import { notTested } from './_not-tested.ts';
import { runAgain } from './_run-again.ts';

const mostCounts = 10;
const mostClasses = 12;
const safe = escapeMarkdown;

/** All cells, for a pull request or a wiki; `issue` has the one that leaks. */
export default defineReport({
  id: 'markdown',
  title: 'All cells in Markdown',
  fileName: 'report.md',
  render: (result) =>
    `${[
      title(result),
      ...section('Verdict', verdicts(result)),
      ...section('Declared truths', truths(result)),
      ...section('What grows, per cycle, at rest', slopes(result)),
      ...section('Budgets', budgets(result)),
      ...section('What keeps it', explanations(result)),
      ...section('Executors', executors(result)),
      ...section('Comparison', comparisons(result)),
      ...section('Which step grows', result.ladders.map(ladder)),
      ...section('Repeats', repeats(result)),
      ...section('Live chunks that grow', sizeClasses(result)),
      ...section('After the last cycle, idle', idleTails(result)),
      ...section('Where the memory is', breakdown(result)),
      ...section('Versions', versions(result)),
      ...section('Run it again', [fenced(runAgain(result), 'sh')]),
      ...section('What was not tested', notTested(result)),
    ].join('\n\n')}\n`,
});

function section(heading: string, body: readonly string[]): string[] {
  return body.length === 0 ? [] : [`## ${heading}`, ...body];
}

const WORST = ['mixed', 'leak', 'undecided', 'fragmentation', 'retention', 'warm-up', 'steady'];

/** One line: the worst cell with its reason. */
function title(result: RunResult): string {
  const byWeight = result.cells.toSorted(
    (a, b) => WORST.indexOf(a.classification.kind) - WORST.indexOf(b.classification.kind),
  );
  const cell = byWeight[0];
  if (cell === undefined) return '# Nothing was measured';
  const why = cell.cyclesDone === 0 ? (cell.failure?.reason ?? '') : cell.classification.why;
  return `# ${safe(targetName(cell))}, ${safe(scenarioName(cell.cell))}: ${kindOf(cell)}\n\n${safe(why)}.`;
}

function verdicts({ cells, verdicts: all, verdict, exitCode, plan }: RunResult): string[] {
  const rows = cells.map((cell, i) => [
    safe(cell.cell.id),
    `**${kindOf(cell)}**`,
    all[i]?.verdict ?? 'broken',
    cyclesText(cell, plan),
    safe(all[i]?.because ?? ''),
  ]);
  return [
    `Over all: **${verdict}** (exit code ${exitCode}).`,
    markdownTable(['cell', 'it is', 'verdict', 'cycles', 'because'], rows),
    ...evidence(cells),
  ];
}

function evidence(cells: readonly CellAnalysis[]): string[] {
  const lines = cells.flatMap(({ cell, classification }) =>
    classification.evidence
      .slice(1)
      .filter(({ supports }) => supports !== 'steady')
      .map(
        ({ rule, says, supports }) =>
          `- ${safe(cell.id)}, ${rule} (for ${supports}): ${safe(says)}`,
      ),
  );
  return lines.length === 0 ? [] : [['Other evidence:', '', ...lines].join('\n')];
}

function truths({ truths: checks }: RunResult): string[] {
  if (checks.length === 0) return [];
  const rows = checks.map(({ cell, expected, got, holds }) => [
    safe(cell),
    expected.join(' or '),
    got,
    holds ? 'yes' : '**no**',
  ]);
  return [markdownTable(['cell', 'declared', 'found', 'holds'], rows)];
}

function slopes({ cells }: RunResult): string[] {
  const rows = cells.flatMap((cell) =>
    [...newsworthyMetrics(cell), ...toldCounts(cell).slice(0, mostCounts)].map((metric) => [
      safe(cell.cell.id),
      safe(metric.title),
      safe(slopeText(metric)),
      safe([standing(metric), meaning(metric)].filter((text) => text !== '').join(', ')),
      metric.check,
    ]),
  );
  if (rows.length === 0) return [];
  const header = ['cell', 'metric', 'slope [95 % interval]', 'meaning', 'budget check'];
  const left = 'Metrics that do not gate and do not grow are in result.json.';
  return [markdownTable(header, rows), left, ...levels(cells)];
}

/** A run that is too short would list every count there is. */
const toldCounts = (cell: CellAnalysis): MetricAnalysis[] =>
  restlessCounts(cell).filter(({ trend }) => isKnown(trend.intervalHigh));

/** Last value at rest, after garbage collection. */
function levels(cells: readonly CellAnalysis[]): string[] {
  const rows = cells.flatMap(({ cell, metrics }) =>
    metrics
      .filter(({ id, role }) => role === 'live' || role === 'anonymous' || id.endsWith('.total'))
      .flatMap(({ title: name, unit, series }) => {
        const [first, last] = [series.values[0], series.values.at(-1)];
        if (first === undefined || last === undefined) return [];
        return [[safe(cell.id), safe(name), formatAmount(first, unit), formatAmount(last, unit)]];
      }),
  );
  const header = ['cell', 'at rest, after collection', 'first cycle', 'last cycle'];
  return rows.length === 0 ? [] : [markdownTable(header, rows)];
}

/** What each way of hosting jobs leaves behind and costs, and what switching would buy and hide. */
function executors(result: RunResult): string[] {
  return result.executors.map(executorTable).flatMap(({ title: group, header, rows, says }) => [
    `**${safe(group)}**`,
    markdownTable(
      header,
      rows.map((row) => row.map(safe)),
    ),
    says.map((sentence) => `- ${safe(sentence)}`).join('\n'),
  ]);
}

function comparisons({ comparisons: all }: RunResult): string[] {
  if (all.length === 0) return [];
  const rows = all.map(({ axis, from, to, answer, says }) =>
    [axis, from, to, answer, says].map(safe),
  );
  return [markdownTable(['changed', 'from', 'to', 'answer', 'what it shows'], rows)];
}

const ladder = ({ cells, says }: Ladder): string =>
  `Steps ${cells.map((cell) => safe(cell)).join(', ')}: ${safe(says)}.`;

function sizeClasses({ cells }: RunResult): string[] {
  const rows = cells
    .filter(({ classification }) => ['leak', 'mixed'].includes(classification.kind))
    .flatMap(({ cell, sizeClasses: classes }) =>
      shownClasses(classes).map(({ sizeBytes, countPerCycle, bytesPerCycle, wholeMultiple }) => [
        safe(cell.id),
        `${grouped(sizeBytes)} B`,
        countPerCycle.toFixed(2),
        formatAmount(bytesPerCycle, 'bytes'),
        wholeMultiple === null ? '' : `**${grouped(wholeMultiple)}**`,
      ]),
    );
  if (rows.length === 0) return [];
  const header = ['cell', 'chunk size', 'chunks per cycle', 'bytes per cycle', 'whole multiple'];
  const why =
    'A whole number of chunks in every cycle is a part of the leaked object, whoever allocated it.';
  return [markdownTable(header, rows), why];
}

/** The spread between processes is what the interval of one run cannot know. */
function repeats({ repeats: all }: RunResult): string[] {
  if (all.length === 0) return [];
  const rows = all.flatMap(({ cell, found, metrics }) =>
    metrics.map(({ title: name, unit, slopes: each, ...mean }) => {
      const slope = { value: mean.slopePerCycle, low: mean.intervalLow, high: mean.intervalHigh };
      const { amount, interval } = formatSlope(slope, unit);
      const error = mean.standardError;
      const single = each
        .map(
          (value) => formatSlope({ value, low: value - error, high: value + error }, unit).amount,
        )
        .join(', ');
      const per = mean.isPerMinute ? 'minute' : 'cycle';
      return [safe(cell), found.join(', '), safe(name), `${amount}/${per} ${interval}`, single];
    }),
  );
  const header = [
    'cell',
    'each is',
    'metric',
    'mean [95 % interval between runs]',
    'slope of each',
  ];
  return [markdownTable(header, rows)];
}

/** Whole multiples first, but never all of the room: what carries the most bytes may be none. */
function shownClasses(classes: readonly SizeClassGrowth[]): SizeClassGrowth[] {
  const whole = classes.filter(({ wholeMultiple }) => wholeMultiple !== null);
  const rest = classes.filter(({ wholeMultiple }) => wholeMultiple === null);
  const others = rest.slice(0, Math.max(4, mostClasses - whole.length));
  return [...whole.slice(0, mostClasses), ...others];
}

function idleTails({ cells }: RunResult): string[] {
  const rows = cells.flatMap(({ cell, idleTails: tails, metrics }) =>
    tails.map(({ kind, seconds, change }) => {
      const moved = metrics
        .filter(
          ({ id, role }) => change[id] !== undefined && (role !== 'info' || id === 'memory.rss'),
        )
        .map(({ id, title: name, unit }) => `${name} ${formatChange(change[id] ?? 0, unit)}`);
      const where = kind === 'left' ? 'left' : 'in a held room';
      return [
        safe(cell.id),
        `${where}, ${formatSeconds(seconds)}`,
        safe(moved.length === 0 ? 'nothing moved' : moved.join(', ')),
      ];
    }),
  );
  return rows.length === 0 ? [] : [markdownTable(['cell', 'idle', 'change'], rows)];
}

function breakdown({ cells }: RunResult): string[] {
  return cells.flatMap(({ cell, breakdown: looks }) => {
    if (looks.length === 0) return [];
    const names = [...new Set(looks.flatMap((look) => Object.keys(look.parts)))];
    const parts = names.filter((part) => looks.some((look) => look.parts[part] !== 0));
    const rows = [
      ['resident', ...looks.map((look) => formatAmount(look.resident, 'bytes'))],
      ...parts.map((part) => [
        safe(part),
        ...looks.map((look) => formatAmount(look.parts[part] ?? 0, 'bytes')),
      ]),
    ];
    const header = [safe(cell.id), ...looks.map(({ cycle }) => `cycle ${cycle}`)];
    return [markdownTable(header, rows)];
  });
}

function versions({ cells, plan }: RunResult): string[] {
  const { machine } = plan;
  const rows = cells.map(({ cell, facts, proof, jobProof }) =>
    [
      cell.id,
      Object.entries(facts?.versions ?? {})
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
      facts?.nativeBinaries.join(', ') ?? '',
      `${proof?.evidence ?? 'not proven'}${jobProof === null ? '' : `; in a job's process: ${jobProof.evidence}`}`,
    ].map(safe),
  );
  const launches = new Set(cells.flatMap(({ facts }) => facts?.launchCommand ?? []));
  const measured = machine.idleNoise?.measuredAt.slice(0, 10);
  const idle = measured === undefined ? '' : `, idle noise measured ${measured}`;
  const host = `tidemark ${plan.tidemarkVersion}, kernel ${machine.kernel} ${machine.arch}, ${machine.libc}, harness on node ${machine.node}, ${plural(machine.cpus, 'cpu')}, huge pages ${machine.transparentHugePages}, network ${plan.network.kind}${idle}`;
  return [
    markdownTable(['cell', 'versions', 'native binary loaded', 'allocator proven by'], rows),
    `${safe(host)}.`,
    ...(launches.size === 0 ? [] : ['Launch command:', fenced([...launches])]),
  ];
}
