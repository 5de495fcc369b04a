import type {
  CellAnalysis,
  ClassificationKind,
  Ladder,
  MetricAnalysis,
} from '../contracts/result.ts';
import { formatAmount } from '../lib/format.ts';
import { groupBy } from '../lib/group-by.ts';
import { compareTrends } from './compare-trends.ts';
import { limitFor } from './judge-metrics.ts';
import { isGrowing, isSettled } from './scene.ts';
import { calm, list, rate } from './sentences.ts';

const LEAKS: readonly ClassificationKind[] = ['leak', 'mixed'];
/** A step whose slope is this many times that of the first that grows adds growth of its own. */
const muchMore = 1.5;

interface Step {
  readonly name: string;
  readonly state: 'grows' | 'calm' | 'unknown';
  /** What grows, or what shows best that nothing does. */
  readonly metric: MetricAnalysis | undefined;
}

/** Where a scenario was run in steps: the first step that grows, and what the step before could have seen. */
export function readLadders(cells: readonly CellAnalysis[]): Ladder[] {
  const steps = cells.filter(({ cell }) => cell.step !== undefined);
  const ladders = groupBy(steps, ({ cell: { scenario, target, executor, allocator, repeat } }) =>
    JSON.stringify([scenario, target.text, executor, allocator, repeat]),
  );
  return [...ladders.values()].filter((ladder) => ladder.length > 1).map(readLadder);
}

function readLadder(cells: readonly CellAnalysis[]): Ladder {
  const alone = cells.map(stepOf);
  const first = alone.findIndex(({ state }) => state === 'grows');
  const grows = alone[first]?.metric;
  const steps = alone.map((step, i) => {
    const cell = cells[i];
    return cell === undefined || grows === undefined || i >= first ? step : stepBefore(cell, grows);
  });
  const open = steps.filter(({ state }, i) => state === 'unknown' && (first < 0 || i < first));
  const beginsAt = first >= 0 && open.length === 0 ? (steps[first]?.name ?? null) : null;
  return { cells: cells.map(({ cell }) => cell.id), beginsAt, says: sentence(steps, first, open) };
}

function sentence(steps: readonly Step[], first: number, open: readonly Step[]): string {
  const names = list(open.map(({ name }) => `\`${name}\``));
  const growing = steps[first];
  if (growing === undefined) {
    if (open.length > 0) return `no step surely grows; ${names} could not be told`;
    return `no step grows: ${said(steps.at(-1))}`;
  }
  const grows = `\`${growing.name}\`: ${rateOf(growing)}`;
  if (open.length > 0)
    return `growth shows at ${grows}; whether it begins at ${names} could not be told`;
  const before = steps[first - 1];
  const start =
    before === undefined
      ? `growth begins at the first step, ${grows}`
      : `growth begins at ${grows}; ${said(before)}`;
  return [start, ...more(steps.slice(first))].join('; ');
}

/** Steps that grow surely and by much more than the step at which growth began. */
function more([first, ...others]: readonly Step[]): string[] {
  const base = first?.metric;
  if (base === undefined) return [];
  const steeper = others.find(({ metric }) => {
    if (metric === undefined || metric.id !== base.id || !isGrowing(metric)) return false;
    if (metric.trend.slopePerCycle < muchMore * base.trend.slopePerCycle) return false;
    return compareTrends(base.trend, metric.trend, limitFor(base)) === 'different';
  });
  return steeper === undefined ? [] : [`\`${steeper.name}\` adds to it: ${rateOf(steeper)}`];
}

function stepOf({ cell, classification, metrics, failure, cyclesDone }: CellAnalysis): Step {
  const name = cell.step?.value ?? '';
  const leaking = metrics.find(
    (metric) =>
      isGrowing(metric) &&
      classification.leaking.some((kind) => metric.id === kind || metric.id === `${kind}.live`),
  );
  if (LEAKS.includes(classification.kind)) return { name, state: 'grows', metric: leaking };
  const witness =
    metrics.find(({ id }) => id === 'native.live') ??
    metrics.find(({ role }) => role === 'anonymous');
  const told = failure === null && cyclesDone > 0 && classification.kind !== 'undecided';
  return { name, state: told ? 'calm' : 'unknown', metric: witness };
}

/** What grows later must be settled here; what else could not be told does not matter. */
function stepBefore(cell: CellAnalysis, { id }: MetricAnalysis): Step {
  const { failure, cyclesDone, metrics } = cell;
  const metric = metrics.find((one) => one.id === id) ?? stepOf(cell).metric;
  const told = failure === null && cyclesDone > 0 && metric !== undefined && isSettled(metric);
  return { name: cell.cell.step?.value ?? '', state: told ? 'calm' : 'unknown', metric };
}

function rateOf({ metric }: Step): string {
  if (metric === undefined) return 'it leaks';
  const { slopePerCycle } = metric.trend;
  return `${metric.title} ${slopePerCycle > 0 ? '+' : ''}${rate(metric)}`;
}

function said(step: Step | undefined): string {
  if (step === undefined) return 'nothing was measured';
  const { name, metric } = step;
  if (metric === undefined || !isSettled(metric)) return `\`${name}\` is not called a leak`;
  const limit = formatAmount(limitFor(metric), metric.unit);
  const says = calm(metric);
  return `at \`${name}\` ${says}${says.includes('budget') ? '' : ` (its budget is ${limit})`}`;
}
