import type { MetricAnalysis } from '../../contracts/result.ts';
import { formatAmount, formatChange, formatSeconds } from '../../lib/format.ts';
import {
  anonymous,
  type CellView,
  isGrowing,
  isSettled,
  leakWitnesses,
  nativeLive,
  type Scene,
  slack,
} from '../scene.ts';
import { growth, list, rate } from '../sentences.ts';
import type { Finding } from './finding.ts';

export function nothingRead({ own }: Scene): Finding | null {
  if (own.metrics.some(({ series }) => series.values.length > 0)) return null;
  return { says: 'no metric could be read in any sample', wouldDecide: 'a run that measures' };
}

export function noMemoryWitness({ own }: Scene): Finding | null {
  if (own.samples === 0 || nativeLive(own) !== undefined || anonymous(own) !== undefined) {
    return null;
  }
  return {
    says: 'neither native live bytes nor anonymous memory could be read',
    wouldDecide: 'a run in which the memory probes work',
  };
}

/** Growth that another process of the same program, or one under another allocator, surely does not have. */
export function growthIsDisputed({ own, allocators, repeats }: Scene): Finding | null {
  const growing = leakWitnesses(own).filter(isGrowing);
  const disputes = growing.map((metric) => {
    // Allocators bring threads of their own: only live bytes must be the same under all of them.
    const others = metric.role === 'live' ? [...allocators, ...repeats] : repeats;
    return disputeOf(metric, others);
  });
  if (growing.length === 0 || disputes.includes(null)) return null;
  return {
    says: list(disputes.flatMap((says) => says ?? [])),
    wouldDecide: 'more repeats of both cells',
  };
}

function disputeOf(metric: MetricAnalysis, others: readonly CellView[]): string | null {
  for (const other of others) {
    const same = leakWitnesses(other).find(({ id }) => id === metric.id);
    if (same === undefined || !isSettled(same)) continue;
    if (same.trend.intervalHigh >= metric.trend.intervalLow / 2) continue;
    return `${growth(metric)}, but in ${other.cell.id} it does ${rate(same)}`;
  }
  return null;
}

/** A leak pins the pages it lies on, and an allocator warms up beside it: slack must nearly keep pace to be named. */
const rivalPace = 0.75;

export function slackGrowsAsFast({ own }: Scene): Finding | null {
  const live = nativeLive(own);
  if (isHeld(own) || live === undefined || !isGrowing(live)) return null;
  const rivals = growingSlack(own).filter(
    ({ trend }) => trend.slopePerCycle >= rivalPace * live.trend.slopePerCycle,
  );
  if (rivals.length === 0) return null;
  return { says: list([growth(live), ...rivals.map(growth)]), leaking: ['native'] };
}

const growingSlack = (view: CellView): MetricAnalysis[] =>
  [slack(view, 'pinned'), slack(view, 'trimmable')]
    .filter((metric) => metric !== undefined)
    .filter(isGrowing);

export function liveGrows({ own }: Scene): Finding | null {
  if (isHeld(own)) return null;
  const growing = leakWitnesses(own).filter(
    (metric) => metric.role === 'live' && isGrowing(metric),
  );
  if (growing.length === 0) return null;
  return {
    says: list(growing.map(growth)),
    leaking: growing.map(({ id }) => id.split('.')[0] ?? id),
    driver: 'cycles',
  };
}

export function countGrows({ own }: Scene): Finding | null {
  const named = growingCounts(own);
  if (isHeld(own) || named.length === 0) return null;
  return {
    says: list(named.map(growth)),
    leaking: named.map(({ id }) => id),
    driver: 'cycles',
  };
}

/** Threads first: their name names who started them, which a kind of descriptor does not. */
function growingCounts(own: CellView): MetricAnalysis[] {
  const growing = leakWitnesses(own).filter(
    (metric) => metric.role === 'count' && isGrowing(metric),
  );
  const kinds = growing.filter(({ id }) => !id.endsWith('.total'));
  const named = growing.filter(({ id }) => !id.endsWith('.total') || !hasKind(id, kinds));
  const isThread = ({ id }: MetricAnalysis): boolean => id.startsWith('threads.');
  return [...named.filter(isThread), ...named.filter((metric) => !isThread(metric))];
}

/** A total says nothing new when one of its kinds was named. */
const hasKind = (total: string, kinds: readonly MetricAnalysis[]): boolean =>
  kinds.some(({ id }) => id.startsWith(total.slice(0, -'total'.length)));

const WHILE = {
  joined: 'while a room is merely held',
  left: 'after the last cycle, while nothing is done',
} as const;

const isHeld = ({ cell }: CellView): boolean => cell.pace === 'time';

/** Growth in one call that is held: with its minutes, whatever happens in each. */
export function heldCallGrows({ own }: Scene): Finding | null {
  if (!isHeld(own)) return null;
  const live = leakWitnesses(own).filter((metric) => metric.role === 'live' && isGrowing(metric));
  const growing = [...live, ...growingCounts(own)];
  if (growing.length === 0) return null;
  return {
    says: `${list(growing.map(growth))}: it grows with the time that one call is held, as what is queued and not read does`,
    leaking: growing.map(({ id, role }) => (role === 'live' ? (id.split('.')[0] ?? id) : id)),
    driver: 'time',
  };
}

/** Growth with time: in a held room (something is queued and not read), or even after everyone has left. */
export function idleGrows({ own }: Scene, kind: 'joined' | 'left'): Finding | null {
  const tail = own.idleTails.find((one) => one.kind === kind && one.rising.length > 0);
  if (tail === undefined) return null;
  const rises = tail.rising.map((id) => {
    const metric = own.metrics.find((candidate) => candidate.id === id);
    const [change, unit] = [tail.change[id] ?? 0, metric?.unit ?? 'bytes'];
    const perMinute = tail.seconds > 0 ? (60 * change) / tail.seconds : 0;
    return `${metric?.title ?? id} rises by ${formatChange(change, unit)} (${formatAmount(perMinute, unit)} per minute)`;
  });
  return {
    says: `${WHILE[kind]} for ${formatSeconds(tail.seconds)}, ${list(rises)}`,
    leaking: tail.rising.map((id) => (id.endsWith('.live') ? (id.split('.')[0] ?? id) : id)),
    driver: 'time',
  };
}
