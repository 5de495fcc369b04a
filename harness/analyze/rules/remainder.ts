import type { MetricAnalysis } from '../../contracts/result.ts';
import { formatAmount, plural } from '../../lib/format.ts';
import { limitFor } from '../judge-metrics.ts';
import {
  type CellView,
  isGrowing,
  isSettled,
  lateSlope,
  leakWitnesses,
  nativeLive,
  type Scene,
} from '../scene.ts';
import { calm, cyclesThatDecide, growth, list, open, rate } from '../sentences.ts';
import type { Finding } from './finding.ts';

/** What no probe accounts for: see `unexplained.ts`. */
const remainders = ({ metrics }: CellView): MetricAnalysis[] =>
  metrics.filter(({ role }) => role === 'unexplained');

const WHAT: Readonly<Record<string, string>> = {
  'memory.shared': 'shared memory, of which nobody can say whether it is used,',
  'native.untouched': 'what is handed out in large blocks and never touched',
};
const whatIs = ({ id }: MetricAnalysis): string => WHAT[id] ?? 'memory that no probe explains';

/** Nobody accounts for it, and it grows: neither a leak nor its absence can be claimed. */
export function unexplainedGrows({ own }: Scene): Finding | null {
  const growing = remainders(own).filter(isGrowing);
  if (growing.length === 0) return null;
  return {
    says: list(
      growing.map(
        (metric) =>
          `${whatIs(metric)} grows by ${rate(metric)}, more than ${formatAmount(metric.budget?.maxPerCycle ?? 0, 'bytes')}`,
      ),
    ),
    wouldDecide: 'a probe that reads what grows (see the memory map)',
  };
}

/** It rises for certain, and probably by more than it may: that nothing leaks cannot be claimed. */
export function unexplainedIsOpen({ own }: Scene): Finding | null {
  if (!own.readsLive) return null;
  const rising = remainders(own).filter(mayGrow);
  if (rising.length === 0) return null;
  return {
    says: list(rising.map((metric) => open({ ...metric, title: whatIs(metric) }))),
    wouldDecide: cyclesThatDecide(rising),
  };
}

/** Whether something that no probe reads grows in a cell, or may. */
export const isUnexplained = (view: CellView): boolean =>
  remainders(view).some((metric) => isGrowing(metric) || mayGrow(metric));

function mayGrow(metric: MetricAnalysis): boolean {
  const { trend } = metric;
  if (isGrowing(metric) || isSettled(metric)) return false;
  if (trend.shape !== 'undecided') return lateSlope(trend) > limitFor(metric);
  return trend.intervalLow > 0 && trend.slopePerCycle > limitFor(metric);
}

/** What creeps within its own budget by more than live bytes may is said, though nothing is made of it. */
export function creepingRemainders({ own }: Scene): string[] {
  const live = nativeLive(own);
  if (live === undefined) return [];
  return remainders(own)
    .filter((metric) => isSettled(metric) && metric.trend.intervalLow > limitFor(live))
    .map((metric) => calm({ ...metric, title: whatIs(metric) }));
}

/** Less than this share of the rise lies elsewhere: walks and maps are read one after the other. */
const strayShare = 0.1;

/**
 * Live bytes of a block with a mapping of its own are its resident pages. When no more is handed out and its pages fill,
 * a buffer that was reserved once is used for the first time.
 */
export const reserveFills = ({ own }: Scene): Finding | null => fillingReserve(own);

export function fillingReserve(own: CellView): Finding | null {
  const live = nativeLive(own);
  if (live === undefined || !isGrowing(live)) return null;
  if (leakWitnesses(own).some((metric) => metric !== live && isGrowing(metric))) return null;
  const from = live.trend.window.from;
  const handedOut = ends(own, 'native.mmapped', from);
  const resident = ends(own, 'map.malloc-mmapped', from);
  const total = ends(own, live.id, from);
  if (handedOut === null || resident === null || total === null) return null;
  const [rise, filled] = [total.last - total.first, resident.last - resident.first];
  const left = handedOut.last - resident.last;
  if (handedOut.last > handedOut.first || left <= 0) return null;
  if (Math.abs(rise - filled) > strayShare * rise) return null;
  const cycles = Math.ceil(left / live.trend.slopePerCycle);
  return {
    says: `${growth(live)}; but no more is handed out: all of it are pages of large blocks that were handed out before and are touched now, ${formatAmount(resident.last, 'bytes')} of ${formatAmount(handedOut.last, 'bytes')}`,
    wouldDecide: `about ${plural(cycles, 'cycle')} more would fill these blocks`,
  };
}

function ends(
  { metrics }: CellView,
  id: string,
  from: number,
): { readonly first: number; readonly last: number } | null {
  const series = metrics.find((metric) => metric.id === id)?.series;
  if (series === undefined) return null;
  const first = series.values[series.cycles.findIndex((cycle) => cycle >= from)];
  const last = series.values.at(-1);
  return first === undefined || last === undefined ? null : { first, last };
}
