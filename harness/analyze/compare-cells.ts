import type { CellPlan } from '../contracts/plan.ts';
import type { CellComparison, MetricAnalysis } from '../contracts/result.ts';
import { isKnown } from '../lib/format.ts';
import { compareTrends } from './compare-trends.ts';
import { limitFor } from './judge-metrics.ts';
import { anonymous, type CellView, isGrowing, nativeLive } from './scene.ts';
import { rate } from './sentences.ts';

const AXES = ['scenario', 'target', 'executor', 'allocator'] as const;
type Axis = CellComparison['axis'];

/** Cells that differ in exactly one axis, each against the first of its row: the effect of changing that axis. */
export function compareCells(views: readonly CellView[]): CellComparison[] {
  return AXES.flatMap((axis) => rowsAlong(axis, views).flatMap((row) => compareRow(axis, row)));
}

function rowsAlong(axis: Axis, views: readonly CellView[]): CellView[][] {
  const rows = new Map<string, CellView[]>();
  for (const view of views) {
    const others = AXES.filter((other) => other !== axis).map((other) =>
      axisValue(view.cell, other),
    );
    const key = JSON.stringify([...others, view.cell.repeat, view.cell.step?.value]);
    const row = rows.get(key);
    if (row === undefined) rows.set(key, [view]);
    else row.push(view);
  }
  return [...rows.values()];
}

const axisValue = (cell: CellPlan, axis: Axis): string =>
  axis === 'target' ? cell.target.text : cell[axis];

function compareRow(axis: Axis, [first, ...rest]: readonly CellView[]): CellComparison[] {
  if (first === undefined) return [];
  return rest.flatMap((view) => {
    const live = pair(nativeLive(first), nativeLive(view));
    const memory = pair(anonymous(first), anonymous(view));
    // The swap is asked of residency too: it is the one thing that every allocator shows.
    const pairs = axis === 'allocator' ? [live, memory] : [live ?? memory];
    return pairs.flatMap((both) =>
      both === null ? [] : [compare(axis, { from: first, to: view, both })],
    );
  });
}

type Pair = readonly [MetricAnalysis, MetricAnalysis];

const pair = (a: MetricAnalysis | undefined, b: MetricAnalysis | undefined): Pair | null =>
  a === undefined || b === undefined ? null : [a, b];

interface Change {
  readonly from: CellView;
  readonly to: CellView;
  readonly both: Pair;
}

function compare(axis: Axis, { from, to, both: [a, b] }: Change): CellComparison {
  const found = compareTrends(a.trend, b.trend, limitFor(a));
  const answer = found === 'allocator' && axis !== 'allocator' ? 'different' : found;
  const [before, after] = [axisValue(from.cell, axis), axisValue(to.cell, axis)];
  const isFitted = [a, b].every(({ trend }) => isKnown(trend.intervalHigh));
  const sides = `${a.title} does ${rate(a)} with ${before}, ${rate(b)} with ${after}`;
  return {
    axis,
    from: from.cell.id,
    to: to.cell.id,
    metric: a.id,
    slopeFrom: a.trend.slopePerCycle,
    slopeTo: b.trend.slopePerCycle,
    answer,
    says: isFitted
      ? `${sides}: ${meaning(answer, a, b)}`
      : `${a.title} with ${before} and with ${after}: too few cycles could be read to tell`,
  };
}

function meaning(answer: CellComparison['answer'], a: MetricAnalysis, b: MetricAnalysis): string {
  switch (answer) {
    case 'same':
      // Two that rest are compared with the budget, all others with each other.
      if (isGrowing(a) || isGrowing(b)) return 'the same growth';
      return a.trend.intervalLow > 0 && b.trend.intervalLow > 0
        ? 'both rise within the budget'
        : 'neither grows over its budget';
    case 'allocator':
      return 'it is the allocator';
    case 'different':
      return 'not the same growth';
    default:
      return 'too noisy, or too few cycles, to tell';
  }
}
