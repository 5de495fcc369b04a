import type { CellAnalysis, RunResult } from '../harness/contracts/result.ts';
import { WORTH_AN_ISSUE } from '../harness/contracts/worth-an-issue.ts';
import { decidingMetric } from './_metric-words.ts';

/** The cell that an issue is about: the worst kind, of these one whose live bytes were read, of these the fastest. */
export function issueCell({ cells }: RunResult): CellAnalysis | null {
  const worth = cells.filter((cell) => rank(cell) >= 0);
  return (
    worth.toSorted(
      (a, b) =>
        rank(a) - rank(b) ||
        Number(readsLive(b)) - Number(readsLive(a)) ||
        overBudget(b) - overBudget(a),
    )[0] ?? null
  );
}

const rank = ({ classification }: CellAnalysis): number =>
  WORTH_AN_ISSUE.indexOf(classification.kind);

const readsLive = ({ metrics }: CellAnalysis): boolean =>
  metrics.some(({ id, series }) => id === 'native.live' && series.values.length > 0);

function overBudget(cell: CellAnalysis): number {
  const metric = decidingMetric(cell);
  return (metric?.trend.slopePerCycle ?? 0) / Math.max(1, metric?.budget?.maxPerCycle ?? 1);
}

/** Cells that differ from this one in the allocator alone, itself among them; one of each. */
export function allocatorRow({ cells }: RunResult, { cell }: CellAnalysis): CellAnalysis[] {
  const row = cells.filter(
    ({ cell: other }) =>
      other.scenario === cell.scenario &&
      other.target.text === cell.target.text &&
      other.executor === cell.executor &&
      other.repeat === cell.repeat,
  );
  return row.filter(
    (one, i) => row.findIndex((x) => x.cell.allocator === one.cell.allocator) === i,
  );
}

export interface Control {
  readonly axis: 'target' | 'executor' | 'scenario';
  readonly cell: CellAnalysis;
}

/** Cells that differ in exactly one thing, under the same allocator: what grows here and not there names the cause. */
export function controlsOf({ cells }: RunResult, { cell }: CellAnalysis): Control[] {
  return cells.flatMap((other): Control[] => {
    const { cell: plan } = other;
    if (plan.allocator !== cell.allocator || plan.repeat !== cell.repeat) return [];
    const changed = [
      ...(plan.target.text === cell.target.text ? [] : ['target' as const]),
      ...(plan.executor === cell.executor ? [] : ['executor' as const]),
      ...(plan.scenario === cell.scenario ? [] : ['scenario' as const]),
    ];
    const [axis] = changed;
    return axis === undefined || changed.length > 1 ? [] : [{ axis, cell: other }];
  });
}
