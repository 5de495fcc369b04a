import type { CellPlan } from '../contracts/plan.ts';
import type { IdleTail, MetricAnalysis } from '../contracts/result.ts';
import type { Trend } from '../contracts/trend.ts';
import { endsWithin, limitFor } from './judge-metrics.ts';

/** One cell as the classifier sees it. */
export interface CellView {
  readonly cell: CellPlan;
  readonly metrics: readonly MetricAnalysis[];
  /** Native live bytes could be read in most samples. */
  readonly readsLive: boolean;
  readonly idleTails: readonly IdleTail[];
  /** Samples at rest. */
  readonly samples: number;
}

/** A cell among its siblings: same scenario, target and executor. */
export interface Scene {
  readonly own: CellView;
  /** Under other allocators, in the same repeat. */
  readonly allocators: readonly CellView[];
  /** The same cell again, in another process. */
  readonly repeats: readonly CellView[];
}

/** Every cell with its siblings; one pass, so that a matrix of hundreds of cells stays cheap. */
export function setScenes(views: readonly CellView[]): Scene[] {
  const families = new Map<string, CellView[]>();
  for (const view of views) {
    const key = familyOf(view.cell);
    const family = families.get(key);
    if (family === undefined) families.set(key, [view]);
    else family.push(view);
  }
  return views.map((own) => {
    const others = (families.get(familyOf(own.cell)) ?? []).filter((view) => view !== own);
    return {
      own,
      allocators: others.filter(
        ({ cell }) => cell.allocator !== own.cell.allocator && cell.repeat === own.cell.repeat,
      ),
      repeats: others.filter(({ cell }) => cell.allocator === own.cell.allocator),
    };
  });
}

/** What repeats of one cell have in common. */
export const cellOf = ({ scenario, target, executor, allocator, step }: CellPlan): string =>
  JSON.stringify([scenario, target.text, executor, allocator, step?.value]);

const familyOf = ({ scenario, target, executor, step }: CellPlan): string =>
  JSON.stringify([scenario, target.text, executor, step?.value]);

export function nativeLive(view: CellView): MetricAnalysis | undefined {
  if (!view.readsLive) return undefined;
  return view.metrics.find(({ id, role }) => role === 'live' && !id.startsWith('managed.'));
}

export function anonymous(view: CellView): MetricAnalysis | undefined {
  return view.metrics.find(({ role, series }) => role === 'anonymous' && series.values.length > 0);
}

/** Live bytes and counts: what a leak shows in. Live bytes that were read in too few samples witness nothing. */
export function leakWitnesses(view: CellView): MetricAnalysis[] {
  return view.metrics.filter(
    ({ id, role }) =>
      role === 'count' || (role === 'live' && (id.startsWith('managed.') || view.readsLive)),
  );
}

export const slack = (view: CellView, role: 'pinned' | 'trimmable'): MetricAnalysis | undefined =>
  view.readsLive ? view.metrics.find((metric) => metric.role === role) : undefined;

export const isGrowing = ({ trend }: MetricAnalysis): boolean => trend.shape === 'growing';

/** Bounded as far as the run could see: flat, or bent and at its end within the budget. */
export function isSettled(metric: MetricAnalysis): boolean {
  const { shape } = metric.trend;
  if (shape === 'steady' || shape === 'warm-up') return true;
  if (shape !== 'decelerating' && shape !== 'stepped') return false;
  return endsWithin(metric.trend, limitFor(metric));
}

/** What the series does at its end: for one that bends its last part, else the whole slope. */
export function lateSlope(trend: Trend): number {
  return trend.shape === 'decelerating' || trend.shape === 'stepped'
    ? trend.endSlopePerCycle
    : trend.slopePerCycle;
}
