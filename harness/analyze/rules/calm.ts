import type { MetricAnalysis } from '../../contracts/result.ts';
import type { Shape } from '../../contracts/trend.ts';
import { limitFor } from '../judge-metrics.ts';
import {
  anonymous,
  isGrowing,
  isSettled,
  leakWitnesses,
  nativeLive,
  type Scene,
  slack,
} from '../scene.ts';
import { bend, calm, cyclesThatDecide, growth, list, openTogether } from '../sentences.ts';
import type { Finding } from './finding.ts';
import { creepingRemainders } from './remainder.ts';

/** Live bytes or a count that gates and cannot be told from its budget. */
export function witnessIsOpen({ own }: Scene): Finding | null {
  const unclear = leakWitnesses(own).filter(
    ({ trend, budget }) => trend.shape === 'undecided' && budget?.level === 'error',
  );
  if (unclear.length === 0) return null;
  return { says: openTogether(unclear), wouldDecide: cyclesThatDecide(unclear) };
}

export function slackGrows({ own }: Scene, role: 'pinned' | 'trimmable'): Finding | null {
  const metric = slack(own, role);
  if (metric === undefined || !isGrowing(metric)) return null;
  const live = leakWitnesses(own).filter((witness) => witness.role === 'live');
  if (!live.every(isSettled)) return null;
  return { says: list([growth(metric), ...live.map(calm)]) };
}

/** Slack that neither of its halves shows alone, or the managed heap's: resident, explained, and not live. */
export function residencyGrows({ own }: Scene): Finding | null {
  const memory = anonymous(own);
  const rest = own.metrics.find(({ id }) => id === 'memory.unexplained');
  if (!own.readsLive || memory === undefined || !isGrowing(memory)) return null;
  if (rest === undefined || !isSettled(rest)) return null;
  const live = leakWitnesses(own).filter((witness) => witness.role === 'live');
  if (!live.every(isSettled)) return null;
  return { says: list([growth(memory), ...live.map(calm)]) };
}

const BENT: readonly Shape[] = ['warm-up', 'decelerating', 'stepped'];

/** Free pages, and residency beside live bytes, come and go: their bends are no news of the program. */
const gatesOrWitnesses = ({ role, check }: MetricAnalysis): boolean =>
  role === 'live' || role === 'count' || check !== 'off';

/** A rise over the whole run of less than one cycle may add is too small to be named. */
function isMaterial({ series: { values }, ...metric }: MetricAnalysis): boolean {
  const least = values.reduce((low, value) => Math.min(low, value), Infinity);
  const most = values.reduce((high, value) => Math.max(high, value), -Infinity);
  return most - least > limitFor(metric);
}

export function bends(scene: Scene): Finding | null {
  const watched = watchedMetrics(scene);
  if (watched.some(isGrowing)) return null;
  const bent = watched.filter(
    (metric) => BENT.includes(metric.trend.shape) && gatesOrWitnesses(metric) && isMaterial(metric),
  );
  if (bent.length === 0) return null;
  // What a leak would show in comes first, bent or not: its creep is said.
  const live = nativeLive(scene.own);
  const first = live === undefined || bent.includes(live) ? [] : [calm(live)];
  return { says: list([...first, ...creepingRemainders(scene), ...bent.map(bend)]) };
}

export function staysFlat(scene: Scene): Finding | null {
  const witnesses = leakWitnesses(scene.own);
  const memory = anonymous(scene.own);
  const needed = scene.own.readsLive || memory === undefined ? witnesses : [...witnesses, memory];
  if (needed.length === 0 || !needed.every(isSettled)) return null;
  if (watchedMetrics(scene).some(isGrowing)) return null;
  const bytes = needed.filter(({ unit }) => unit === 'bytes');
  return {
    says: list([...(bytes.length === 0 ? needed : bytes).map(calm), ...creepingRemainders(scene)]),
  };
}

/** Everything whose bending or growing says what the cell is. */
function watchedMetrics({ own }: Scene): MetricAnalysis[] {
  const bytes = [nativeLive(own), slack(own, 'pinned'), slack(own, 'trimmable'), anonymous(own)];
  return [...new Set([...bytes.filter((metric) => metric !== undefined), ...leakWitnesses(own)])];
}
