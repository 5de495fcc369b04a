import type { MetricAnalysis } from '../../contracts/result.ts';
import { formatAmount, isKnown } from '../../lib/format.ts';
import { compareTrends } from '../compare-trends.ts';
import { limitFor } from '../judge-metrics.ts';
import {
  anonymous,
  type CellView,
  isGrowing,
  isSettled,
  lateSlope,
  nativeLive,
  type Scene,
  slack,
} from '../scene.ts';
import { cyclesThatDecide, growth, open, perOf, rate, rateSoFar } from '../sentences.ts';
import type { Finding } from './finding.ts';
import { fillingReserve, isUnexplained } from './remainder.ts';

interface Witness {
  readonly view: CellView;
  readonly live: MetricAnalysis;
}

/** A cell whose live bytes cannot be read: its anonymous memory, and siblings whose live bytes can. */
interface Blind {
  readonly memory: MetricAnalysis;
  readonly growing: readonly Witness[];
  readonly steady: readonly Witness[];
}

function blindCell({ own, allocators }: Scene): Blind | null {
  const memory = anonymous(own);
  if (own.readsLive || memory === undefined) return null;
  const witnesses = allocators.flatMap((view) => {
    const live = nativeLive(view);
    return live === undefined ? [] : [{ view, live }];
  });
  return {
    memory,
    growing: witnesses.filter(({ view, live }) => isGrowing(live) && fillingReserve(view) === null),
    steady: witnesses.filter(({ view, live }) => isSettled(live) && !isUnexplained(view)),
  };
}

/** Witnesses that contradict each other witness nothing. */
function leakingWitness(scene: Scene): { blind: Blind; witness: Witness } | null {
  const blind = blindCell(scene);
  const witness = blind?.growing[0];
  if (blind === null || witness === undefined || blind.steady.length > 0) return null;
  return { blind, witness };
}

function steadyWitness(scene: Scene): { memory: MetricAnalysis; witness: Witness } | null {
  const blind = blindCell(scene);
  const witness = blind?.steady[0];
  if (blind === null || witness === undefined || blind.growing.length > 0) return null;
  return { memory: blind.memory, witness };
}

const liveOf = ({ view, live }: Witness): string =>
  `live bytes grow by ${rateSoFar(live)} under ${view.cell.allocator}`;

/** Residency rises first under every allocator: what it does beyond the leak is not named before this many cycles. */
const longEnough = 100;

export function siblingLiveGrowsAndMore(scene: Scene): Finding | null {
  const found = leakingWitness(scene);
  if (found === null) return null;
  const { memory } = found.blind;
  if (!isGrowing(memory) || memory.series.values.length < longEnough) return null;
  if (memory.trend.intervalLow <= 2 * found.witness.live.trend.slopePerCycle) return null;
  return {
    says: `${liveOf(found.witness)}, and here anonymous memory grows by ${rate(memory)}: more than twice as much`,
    leaking: ['native'],
  };
}

export function siblingLiveGrows(scene: Scene): Finding | null {
  const found = leakingWitness(scene);
  if (found === null) return null;
  const { memory } = found.blind;
  const late = lateSlope(memory.trend);
  if (!isKnown(memory.trend.intervalHigh)) return null;
  if (late < found.witness.live.trend.slopePerCycle / 2) return null;
  return {
    says: `${liveOf(found.witness)}, and anonymous memory rises here by ${formatAmount(late, 'bytes')} ${perOf(memory)}: the program leaks whatever its allocator`,
    leaking: ['native'],
    driver: 'cycles',
  };
}

export function siblingLiveIsMissed(scene: Scene): Finding | null {
  const found = leakingWitness(scene);
  if (found === null) return null;
  const { trend } = found.blind.memory;
  if (!isKnown(trend.intervalHigh)) return null;
  if (lateSlope(trend) >= found.witness.live.trend.slopePerCycle / 2) return null;
  const says = `${liveOf(found.witness)}, but here anonymous memory does ${rate(found.blind.memory)}`;
  return { says, wouldDecide: cyclesThatDecide([found.blind.memory]) ?? 'more cycles of both' };
}

/** The mirror image of `siblingLiveGrows`, as support for live bytes that were read here. */
export function siblingConfirms({ own, allocators }: Scene): Finding | null {
  const live = nativeLive(own);
  if (live === undefined || !isGrowing(live)) return null;
  const slope = live.trend.slopePerCycle;
  const agreeing = allocators.flatMap((view) => {
    const other = nativeLive(view) ?? anonymous(view);
    if (other === undefined || !isGrowing(other)) return [];
    const ratio = other.trend.slopePerCycle / slope;
    return ratio >= 0.5 && ratio <= 2 ? [{ view, other }] : [];
  });
  if (agreeing.length === 0) return null;
  const others = agreeing.map(
    ({ view, other }) => `${other.title} by ${rate(other)} under ${view.cell.allocator}`,
  );
  return {
    says: `it is not the allocator: ${live.title} grows by ${rateSoFar(live)} here, ${others.join(', ')}`,
    leaking: ['native'],
    driver: 'cycles',
  };
}

/** Anonymous memory of all cells of a program whose live bytes nobody can read. */
function blindFamily(scene: Scene): { memory: MetricAnalysis; others: Others } | null {
  const blind = blindCell(scene);
  if (blind === null || scene.allocators.some(({ readsLive }) => readsLive)) return null;
  const others = scene.allocators.flatMap((view) => {
    const memory = anonymous(view);
    return memory === undefined ? [] : [{ view, memory }];
  });
  return { memory: blind.memory, others };
}
type Others = readonly { readonly view: CellView; readonly memory: MetricAnalysis }[];

const answers = (memory: MetricAnalysis, others: Others): string[] =>
  others.map((other) => compareTrends(memory.trend, other.memory.trend, limitFor(memory)));

const under = (others: Others): string =>
  others.map(({ view, memory }) => `${rate(memory)} under ${view.cell.allocator}`).join(', ');

export function growsUnderAll(scene: Scene): Finding | null {
  const family = blindFamily(scene);
  if (family === null || family.others.length === 0 || !isGrowing(family.memory)) return null;
  const { memory, others } = family;
  if (!answers(memory, others).every((answer) => answer === 'same')) return null;
  return {
    says: `allocator swap: ${growth(memory)}, and by the same under every other allocator (${under(others)})`,
    leaking: ['native'],
    driver: 'cycles',
  };
}

export function goneUnderAnother(scene: Scene): Finding | null {
  const family = blindFamily(scene);
  if (family === null || !isGrowing(family.memory)) return null;
  const { memory } = family;
  const gone = family.others.filter(
    (other) =>
      compareTrends(memory.trend, other.memory.trend, limitFor(memory)) === 'allocator' &&
      isSettled(other.memory),
  );
  if (gone.length === 0) return null;
  return { says: `allocator swap: ${growth(memory)}, but it does ${under(gone)}` };
}

export function blindGrowth(scene: Scene): Finding | null {
  const blind = blindCell(scene);
  if (blind === null || !isGrowing(blind.memory)) return null;
  if (blind.steady.length > 0 !== blind.growing.length > 0) return null;
  if (growsUnderAll(scene) !== null || goneUnderAnother(scene) !== null) return null;
  const others = blindFamily(scene)?.others ?? [];
  const elsewhere = others.length === 0 ? '' : ` (${under(others)})`;
  return {
    says: `${growth(blind.memory)}${elsewhere}, and without live bytes that is a leak or the allocator's slack`,
    wouldDecide: scene.own.cell.allocator.startsWith('glibc')
      ? 'the same cell again: its heap could not be read in this process'
      : 'the same cell under glibc, where live bytes can be read (--allocator glibc)',
  };
}

export function blindAndOpen(scene: Scene): Finding | null {
  const blind = blindCell(scene);
  if (blind === null || blind.memory.trend.shape !== 'undecided') return null;
  if (blind.steady.length > 0 && isKnown(blind.memory.trend.intervalHigh)) return null;
  return { says: open(blind.memory), wouldDecide: cyclesThatDecide([blind.memory]) };
}

/** Rising here although live bytes are steady under a readable allocator: what rises is slack. */
export function slackHere(scene: Scene, kind: 'fragmentation' | 'retention'): Finding | null {
  const found = steadyWitness(scene);
  if (found === null || !rises(found.memory)) return null;
  const { memory, witness } = found;
  const pinned = slack(witness.view, 'pinned');
  const fragments = pinned !== undefined && isGrowing(pinned);
  if (fragments !== (kind === 'fragmentation')) return null;
  const base = `allocator swap: anonymous memory does ${rate(memory)} here, live bytes do ${rate(witness.live)} under ${witness.view.cell.allocator}`;
  return { says: fragments ? `${base}, where pinned slack grows too` : base };
}

function rises(memory: MetricAnalysis): boolean {
  const { shape, slopePerCycle, intervalLow, intervalHigh } = memory.trend;
  if (!isKnown(intervalHigh)) return false;
  if (shape === 'growing') return true;
  return shape === 'undecided' && (slopePerCycle > limitFor(memory) || intervalLow > 0);
}

/** Too noisy to judge, but no rise shows and no live bytes grow elsewhere. */
export function calmHere(scene: Scene): Finding | null {
  const found = steadyWitness(scene);
  if (found === null || found.memory.trend.shape !== 'undecided') return null;
  const { memory, witness } = found;
  if (rises(memory) || !isKnown(memory.trend.intervalHigh)) return null;
  return {
    says: `live bytes do ${rate(witness.live)} under ${witness.view.cell.allocator}; here ${open(memory)}, and shows no rise`,
  };
}
