import type { CeilingCheck } from '../harness/contracts/gate.ts';
import type { CellAnalysis, MetricAnalysis, RunResult } from '../harness/contracts/result.ts';
import { scenarioName } from '../harness/contracts/scenario-name.ts';
import { failureText } from '../harness/lib/failure-text.ts';
import { formatAmount, formatNumber, plural } from '../harness/lib/format.ts';
import { oneLine } from '../harness/lib/format-safe.ts';
import { sparkline } from '../harness/lib/sparkline.ts';
import { type MetricRow, metricTable } from './_metric-table.ts';
import { figure, meaning, targetName } from './_metric-words.ts';

const WIDTH = 100;
const SPARK = 8;

interface Finding {
  readonly state: 'within' | 'over' | 'open';
  readonly metric: MetricAnalysis;
  readonly says: string;
  readonly cyclesToDecide: number | null;
}

interface Cell {
  readonly cell: CellAnalysis;
  readonly findings: readonly Finding[];
  readonly ceilings: readonly CeilingCheck[];
  readonly unread: readonly string[];
}

interface Limits {
  readonly max?: string;
  readonly peak?: string | number;
  readonly confidence?: number;
}

export interface Within {
  readonly result: RunResult;
  readonly cells: readonly Cell[];
  readonly budgets: Readonly<Record<string, string | Limits>>;
  /** Where the run is kept, when that is known. */
  readonly folder: string | undefined;
}

type State = Finding['state'];
const MARKS: Readonly<Record<State, string>> = { within: '✓', over: '✗', open: '?' };

/** Of several the worst: growth that was seen says more than a cell that was not. */
function stateOf({ cell, findings, ceilings, unread }: Cell): State {
  const states = [...findings.map(({ state }) => state), ...ceilings.map(ceilingState)];
  if (states.includes('over')) return 'over';
  const isOpen = states.includes('open') || unread.length > 0;
  return isOpen || cell.failure !== null || cell.cyclesDone === 0 ? 'open' : 'within';
}

const ceilingState = ({ check }: CeilingCheck): State =>
  check === 'pass' ? 'within' : check === 'inconclusive' ? 'open' : 'over';

function askedFor([name, limits]: readonly [string, string | Limits]): string {
  if (typeof limits === 'string') return `${name} ${limits}`;
  const { max, peak, confidence } = limits;
  const parts = [
    ...(max === undefined ? [] : [max]),
    ...(confidence === undefined ? [] : [`(${confidence} sure)`]),
    ...(peak === undefined ? [] : [`peak ${peak}`]),
  ];
  return `${name} ${parts.join(' ')}`;
}

/** What an assertion says, in the form of the terminal's verdict. */
export function withinText({ cells, budgets, folder }: Within): {
  readonly state: State;
  readonly message: string;
} {
  const states = cells.map(stateOf);
  const state = states.includes('over')
    ? 'over'
    : states.includes('open') || states.length === 0
      ? 'open'
      : 'within';
  const asked = Object.entries(budgets).map(askedFor);
  const lines = [
    `${HEADS[state]} ${asked.join(', ')}`,
    ...(cells.length === 0 ? ['nothing was measured'] : []),
    ...cells.flatMap((cell, i) => ['', ...cellLines(cell, states[i] ?? 'open')]),
    ...(folder === undefined ? [] : ['', `the run: ${folder}`]),
  ];
  return { state, message: lines.join('\n') };
}

const HEADS: Readonly<Record<State, string>> = {
  within: 'expected growth over the budget, but all stays within',
  over: 'does not stay within',
  open: 'not decided, and that is no pass, whether it stays within',
};

function cellLines(cell: Cell, state: State): string[] {
  const { cell: analysis, findings, ceilings, unread } = cell;
  const { executor, allocator, repeat } = analysis.cell;
  const name = [scenarioName(analysis.cell), targetName(analysis), executor, allocator]
    .concat(repeat > 1 ? [`repeat ${repeat}`] : [])
    .map(oneLine)
    .join(' · ');
  const told = findings.filter((finding) => finding.state !== 'within');
  return [
    `${MARKS[state]} ${name} · ${plural(analysis.cyclesDone, 'cycle')}`,
    ...metricTable(rowsOf(findings), WIDTH),
    ...toldCeilings(ceilings).map(ceilingLine),
    ...told.map(({ says }) => `  why: ${oneLine(says)}`),
    ...told.flatMap((finding) => wouldDecide(finding, analysis)),
    ...unread.map((says) => `  not read: ${oneLine(says)}`),
    ...(analysis.failure === null ? [] : [failureLine(analysis.failure)]),
  ];
}

/** Of a family that stays below one is enough: the highest. */
function toldCeilings(checks: readonly CeilingCheck[]): CeilingCheck[] {
  const highest = (one: CeilingCheck): boolean =>
    checks.every(
      (other) => other.ceiling !== one.ceiling || (other.highest ?? 0) <= (one.highest ?? 0),
    );
  return checks.filter((one) => ceilingState(one) !== 'within' || highest(one));
}

function ceilingLine(check: CeilingCheck): string {
  const { title, unit, ceiling, highest, cycle } = check;
  const max = formatAmount(ceiling.max, unit);
  const was =
    highest === null
      ? 'could not be read'
      : `highest ${formatAmount(highest, unit)} in cycle ${cycle ?? 0}`;
  return `  ${MARKS[ceilingState(check)]} ${oneLine(title)}  ${was}, ceiling ${max}`;
}

const failureLine = (failure: NonNullable<CellAnalysis['failure']>): string =>
  `  failed: ${oneLine(failureText(failure))}`;

function wouldDecide({ state, cyclesToDecide, metric }: Finding, cell: CellAnalysis): string[] {
  if (state !== 'open') return [];
  if (metric.openedBySpread) return ['  would decide: more repeats'];
  return cyclesToDecide === null
    ? [`  would decide: more cycles than ${cell.cyclesDone}, or untilDecided: true`]
    : [`  would decide: about ${cyclesToDecide} cycles, this run did ${cell.cyclesDone}`];
}

/** Each metric that was asked for; of a family only the kinds that move, the others in one row. */
function rowsOf(findings: readonly Finding[]): MetricRow[] {
  const flat = new Map<string, Finding[]>();
  const rows: MetricRow[] = [];
  for (const finding of findings) {
    const { metric, state } = finding;
    const family = metric.budget?.metric ?? '';
    if (family.endsWith('.*') && state === 'within')
      flat.set(family, [...(flat.get(family) ?? []), finding]);
    else rows.push(rowOf(finding));
  }
  return [...rows, ...[...flat].map(([family, kinds]) => familyRow(family, kinds))];
}

function rowOf({ state, metric }: Finding): MetricRow {
  const smallestRange = ((metric.budget?.maxPerCycle ?? 0) * metric.series.values.length) / 4;
  return {
    name: `${MARKS[state]} ${oneLine(metric.title)}`,
    value: figure(metric),
    note: meaning(metric),
    spark: sparkline(metric.series.values, { width: SPARK, smallestRange }),
  };
}

function familyRow(family: string, kinds: readonly Finding[]): MetricRow {
  const last = ({ metric }: Finding): number => metric.series.values.at(-1) ?? 0;
  const total = kinds.find(({ metric }) => metric.id.endsWith('.total'));
  const count =
    total === undefined ? kinds.reduce((sum, kind) => sum + last(kind), 0) : last(total);
  const name = family === 'fds.*' ? 'descriptors' : family === 'count.*' ? 'objects' : family;
  return {
    name: `${MARKS.within} ${name.replace(/\.\*$/, '')}`,
    value: 'steady',
    note: `${formatNumber(count)} at the end`,
    spark: '',
  };
}
