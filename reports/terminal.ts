import { EXIT } from '../harness/contracts/errors.ts';
import type { ReportOptions } from '../harness/contracts/plugins.ts';
import type {
  CellAnalysis,
  MetricAnalysis,
  RunResult,
  SizeClassGrowth,
  VerdictKind,
} from '../harness/contracts/result.ts';
import { defineReport } from '../harness/define.ts';
import { failureText } from '../harness/lib/failure-text.ts';
import { formatChange, formatNumber, formatSeconds, isKnown } from '../harness/lib/format.ts';
import { oneLine, tameForLog } from '../harness/lib/format-safe.ts';
import { sparkline } from '../harness/lib/sparkline.ts';
import { padEnd, wrap } from '../harness/lib/table.ts';
import { whyBlind } from '../harness/lib/why-blind.ts';
import { limitLines } from './_budget-words.ts';
import { cellTitle } from './_cell-title.ts';
import { cyclesText } from './_cycles-text.ts';
import { executorTable } from './_executor-table.ts';
import { explanationLines } from './_explanation-lines.ts';
import { explanationOf } from './_explanations.ts';
import { kindOf } from './_kind-of.ts';
import { type MetricRow, metricTable } from './_metric-table.ts';
import {
  figure,
  isBlind,
  meaning,
  newsworthyMetrics,
  restlessCounts,
  sizeClassText,
} from './_metric-words.ts';
import { nextSteps } from './_next-steps.ts';
import { sideBySide } from './_side-by-side.ts';
import { truthLines } from './_truth-lines.ts';

const SPARK = 8;
const mostCounts = 5;
const mostClasses = 8;

export default defineReport({
  id: 'terminal',
  title: 'Verdict on the terminal',
  fileName: null,
  render: (result, options) => {
    const paint = painter(options.color);
    const { width, folder } = options;
    const page: Page = { result, paint, width: Math.max(60, width), folder };
    const lines = [
      ...result.cells.flatMap((cell) => [...cellBlock(cell, page), '']),
      ...sideBySide(result, {
        width: page.width,
        paint: (text, verdict) => paint(text, VERDICT_COLOR[verdict]),
      }),
      ...executorLines(page),
      ...comparisonLines(page),
      ...ladderLines(page),
      ...repeatLines(page),
      ...skippedLines(page),
      ...truthLines(result, {
        width: page.width,
        paint: (text, verdict) => paint(text, VERDICT_COLOR[verdict]),
      }),
      ...budgetLines(page),
      ...warningLines(page),
      verdictLine(page),
    ];
    return tameForLog(lines.join('\n'));
  },
});

type Color = 'red' | 'amber' | 'green' | 'dim' | 'bold';
type Paint = (text: string, color: Color) => string;

interface Page {
  readonly result: RunResult;
  readonly paint: Paint;
  readonly width: number;
  readonly folder: string | undefined;
}

const CODES: Readonly<Record<Color, number>> = { red: 31, amber: 33, green: 32, dim: 2, bold: 1 };
const ESC = String.fromCharCode(27);

function painter(color: ReportOptions['color']): Paint {
  return (text, name) => (color ? `${ESC}[${CODES[name]}m${text}${ESC}[0m` : text);
}

const VERDICT_COLOR: Readonly<Record<VerdictKind, Color>> = {
  pass: 'green',
  warn: 'amber',
  inconclusive: 'amber',
  fail: 'red',
  broken: 'red',
};

function cellBlock(cell: CellAnalysis, page: Page): string[] {
  const { result, paint, width, folder } = page;
  const verdict = result.verdicts.find((one) => one.cell === cell.cell.id);
  const kind = verdict?.verdict ?? 'broken';
  const said = `${kindOf(cell).toUpperCase()}  ${kind}`;
  const title = padEnd(cellTitle(cell, width - said.length - 2), width - said.length);
  const sentence = (label: string, text: string): string[] =>
    wrap(`  ${label}: ${oneLine(text)}`, width, '    ');
  return [
    `${paint(title, 'bold')}${paint(said, VERDICT_COLOR[kind])}`,
    ...metricLines(cell, page),
    ...blindReason(cell).flatMap((says) => sentence('not read', says)),
    ...(result.plan.settings.untilDecided ? sentence('cycles', cyclesText(cell, result.plan)) : []),
    ...(cell.cyclesDone > 0 ? sentence('why', cell.classification.why) : []),
    ...otherEvidence(cell).flatMap((says) => sentence('also', says)),
    ...(cell.failure === null ? [] : sentence('failed', failureText(cell.failure))),
    ...explanationLines(explanationOf(result, cell), {
      width,
      paint: (text) => paint(text, 'bold'),
    }),
    ...limitLines(result, cell.cell.id).flatMap(({ label, says }) => sentence(label, says)),
    ...nextSteps(cell, result, folder).flatMap(({ kind, text }) =>
      kind === 'command' ? [`  next: ${oneLine(text)}`] : sentence('next', text),
    ),
  ];
}

/** What other rules say for the verdict; what speaks against it is said too, as that. */
function otherEvidence({ classification }: CellAnalysis): string[] {
  const [, ...others] = classification.evidence;
  const leak = classification.kind === 'leak' || classification.kind === 'mixed';
  return others
    .filter(({ supports }) => (leak ? ['leak', 'mixed'].includes(supports) : supports !== 'steady'))
    .slice(0, 2)
    .map(({ says, supports }) =>
      supports === classification.kind || leak ? says : `(for ${supports}) ${says}`,
    );
}

function metricLines(cell: CellAnalysis, page: Page): string[] {
  const restless = restlessCounts(cell);
  // A run that is too short would list every count there is.
  const counts = restless.filter(({ trend }) => isKnown(trend.intervalHigh));
  const shown = [...newsworthyMetrics(cell), ...counts.slice(0, mostCounts)];
  const rows = shown.map(
    (metric): MetricRow => ({
      name: oneLine(metric.title),
      value: page.paint(figure(metric), colorOf(metric)),
      note: meaning(metric),
      spark: sparkOf(metric),
    }),
  );
  return [
    ...metricTable([...blindRow(cell), ...rows], page.width),
    ...(counts.length > mostCounts ? [`  and ${counts.length - mostCounts} more counts`] : []),
    ...totalsLine(cell, restless.length === 0),
    ...classLine(cell, page.width),
    ...idleLines(cell, page.width),
  ];
}

/** What could not be read must not look like what was not asked. */
function blindRow(cell: CellAnalysis): MetricRow[] {
  if (!isBlind(cell)) return [];
  const note = `under ${oneLine(cell.cell.allocator)}: anonymous memory stands in`;
  return [{ name: 'native live', value: 'not readable', note, spark: '' }];
}

/** Without it a reader cannot know whether to run the cell again, or elsewhere. */
function blindReason(cell: CellAnalysis): string[] {
  const why = whyBlind(cell);
  return why === null ? [] : [`live bytes, at every look: ${why}`];
}

function colorOf({ trend, check, budget }: MetricAnalysis): Color {
  if (trend.shape === 'growing')
    return check === 'fail' || budget?.level === 'error' ? 'red' : 'amber';
  return trend.shape === 'undecided' || check === 'inconclusive' ? 'amber' : 'green';
}

function sparkOf({ series, budget, cyclesPerMinute = 1 }: MetricAnalysis): string {
  const perCycle = (budget?.maxPerCycle ?? 0) / cyclesPerMinute;
  const smallestRange = (perCycle * series.values.length) / 4;
  return sparkline(series.values, { width: SPARK, smallestRange });
}

/** `threads 23 · descriptors 38 · flat` */
function totalsLine({ metrics }: CellAnalysis, flat: boolean): string[] {
  const totals = metrics
    .filter(({ id, series }) => id.endsWith('.total') && series.values.length > 0)
    .map(({ title, series }) => `${title} ${formatNumber(series.values.at(-1) ?? 0)}`);
  if (totals.length === 0) return [];
  return [`  ${totals.join(' · ')}${flat ? ' · flat' : ''}`];
}

const NO_BREAK = '\u00a0';
const unbroken = (sizeClass: SizeClassGrowth): string =>
  sizeClassText(sizeClass).replaceAll(' ', NO_BREAK);

/** Whole multiples first: they name the objects; then what else carries the most bytes. */
function classLine({ sizeClasses, classification }: CellAnalysis, width: number): string[] {
  if (sizeClasses.length === 0 || !['leak', 'mixed'].includes(classification.kind)) return [];
  const whole = sizeClasses.filter(({ wholeMultiple }) => wholeMultiple !== null);
  const rest = sizeClasses.filter(({ wholeMultiple }) => wholeMultiple === null);
  const others = rest.slice(0, Math.max(2, mostClasses - whole.length)).map(unbroken);
  const named = whole.slice(0, mostClasses).map(unbroken).join(', ');
  const also = named === '' ? others.join(', ') : `; and ${others.join(', ')}`;
  const text = others.length === 0 ? named : `${named}${also}`;
  return wrap(`  live chunks per cycle: ${text}`, width, '    ').map((line) =>
    line.replaceAll(NO_BREAK, ' '),
  );
}

function idleLines({ idleTails, metrics }: CellAnalysis, width: number): string[] {
  return idleTails.flatMap(({ kind, seconds, change }) => {
    const moved = metrics
      .filter(
        ({ id, role }) => (role === 'live' || role === 'anonymous') && change[id] !== undefined,
      )
      .map(({ id, title, unit }) => `${title} ${formatChange(change[id] ?? 0, unit)}`);
    const where = kind === 'left' ? 'after the last cycle' : 'in a held room';
    const says = moved.length === 0 ? 'nothing moved' : moved.join(', ');
    return wrap(`  idle for ${formatSeconds(seconds)} ${where}: ${says}`, width, '    ');
  });
}

/** What each way of hosting jobs leaves behind and costs; on the terminal as lines, since the table is wide. */
function executorLines({ result, width }: Page): string[] {
  return result.executors.map(executorTable).flatMap(({ title, header, rows, says }) => [
    ...wrap(`executors of ${oneLine(title)}`, width, '  '),
    ...rows.flatMap(([executor = '', ...figures]) => {
      const parts = figures.map((text, i) => `${header[i + 1]} ${text}`);
      return wrap(`  ${oneLine(executor)}: ${oneLine(parts.join(' · '))}`, width, '    ');
    }),
    ...says.flatMap((sentence) => wrap(`  ${oneLine(sentence)}`, width, '    ')),
    '',
  ]);
}

function comparisonLines({ result, width }: Page): string[] {
  // Of repeats the first is told: what they say together stands below.
  const told = result.comparisons.filter(
    ({ answer, from }) => answer !== 'undecided' && !/#\d+$/.test(from),
  );
  if (told.length === 0) return [];
  return [
    ...told
      .slice(0, 6)
      .flatMap(({ axis, from, says }) =>
        wrap(`${axis} swap (${oneLine(from)}): ${oneLine(says)}`, width, '  '),
      ),
    ...(told.length > 6 ? [`and ${told.length - 6} more comparisons in result.json`] : []),
    '',
  ];
}

/** Which step growth begins at. */
function ladderLines({ result, paint, width }: Page): string[] {
  const lines = result.ladders.flatMap(({ cells, says }) =>
    wrap(
      `${paint('ladder', 'bold')} (${oneLine(cells[0] ?? '')}, ...): ${oneLine(says)}`,
      width,
      '  ',
    ),
  );
  return lines.length === 0 ? [] : [...lines, ''];
}

/** One line per cell that ran more than once. */
function repeatLines({ result, width }: Page): string[] {
  const lines = result.repeats.flatMap(({ cell, says }) =>
    wrap(`repeats of ${oneLine(cell)}: ${oneLine(says)}`, width, '  '),
  );
  return lines.length === 0 ? [] : [...lines, ''];
}

function budgetLines({ result, width }: Page): string[] {
  return result.tighterBudgets.flatMap(({ says }) => wrap(`limit: ${oneLine(says)}`, width, '  '));
}

function skippedLines({ result, width }: Page): string[] {
  const lines = result.plan.skipped.flatMap(({ cell, reason, hint }) => [
    ...wrap(`skipped ${oneLine(cell.id)}: ${oneLine(reason)}`, width, '  '),
    ...(hint === undefined ? [] : wrap(`  try: ${oneLine(hint)}`, width, '    ')),
  ]);
  return lines.length === 0 ? [] : [...lines, ''];
}

function warningLines({ result, paint, width }: Page): string[] {
  return result.warnings.flatMap((says) =>
    wrap(`${paint('note:', 'amber')} ${oneLine(says)}`, width, '  '),
  );
}

function verdictLine({ result, paint }: Page): string {
  const declared = result.truths.length > 0 && result.exitCode === 0 ? ', as declared' : '';
  const cut = result.exitCode === EXIT.interrupted ? ', interrupted' : '';
  return `${paint(`verdict: ${result.verdict}`, VERDICT_COLOR[result.verdict])}${declared}${cut} (exit ${result.exitCode})`;
}
