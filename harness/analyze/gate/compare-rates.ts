import type {
  Against,
  CellRates,
  MetricRate,
  Regression,
  RegressionReport,
} from '../../contracts/gate.ts';
import { describeMetric } from '../../contracts/measurement.ts';
import type { Budget, CellPlan, TargetSpec } from '../../contracts/plan.ts';
import { formatAmount, formatChange, formatSlope, plural } from '../../lib/format.ts';
import { budgetFor, entriesFor } from '../budget-for.ts';
import { list } from '../sentences.ts';
import { type RateDifference, rateDifference } from './rate-difference.ts';

/** More growth than before that is accepted where no budget says otherwise: of the default budget this share. */
const allowedShare = 0.25;
/** For counts at least what the judge takes for none. */
const allowedCount = 0.05;
/** Of a large known leak: processes of one build of the SDK differ by about 1 % of 0.4 MiB per cycle. */
const allowedOfLeak = 0.02;

interface Pair {
  readonly before: CellRates;
  readonly now: CellRates;
}

/** Every cell against the accepted one, metric by metric. */
export function compareRates(
  { name, accepted, oldest }: Against,
  now: readonly CellRates[],
  budgets: readonly Budget[],
): RegressionReport {
  const { pairs, notes } = pairUp(accepted.cells, now);
  const metrics = pairs.flatMap((pair) => comparePair(pair, budgets));
  return {
    name,
    metrics: metrics.filter(isWorthALine),
    notes: [
      ...notes.map((note) => `${note} ${name}`),
      ...singleRuns(pairs),
      ...(oldest === undefined ? [] : drift(metrics, pairUp(oldest.cells, now).pairs, budgets)),
      ...renewal(metrics),
    ],
  };
}

const cellIdOf = ({ scenario, target, executor, allocator }: CellRates): string =>
  `${scenario}/${target}/${executor}/${allocator}`;

/** The same target, else another version of it where there is only one: a release is compared with the last. */
function pairUp(before: readonly CellRates[], now: readonly CellRates[]) {
  const used = new Set<CellRates>();
  const partners = now.map((cell) => {
    const others = before.filter((other) => isSameBut(cell, other));
    const exact = others.find(({ target }) => target === cell.target);
    const rivals = now.filter((other) => isSameBut(cell, other));
    const partner = exact ?? (others.length === 1 && rivals.length === 1 ? others[0] : undefined);
    if (partner !== undefined) used.add(partner);
    return partner;
  });
  const pairs = now.flatMap((cell, i): Pair[] => {
    const partner = partners[i];
    return partner === undefined ? [] : [{ before: partner, now: cell }];
  });
  const fresh = now.filter((_, i) => partners[i] === undefined).map(cellIdOf);
  const gone = before.filter((cell) => !used.has(cell)).map(cellIdOf);
  return {
    pairs,
    notes: [
      ...(fresh.length === 0 ? [] : [`${list(fresh)}: not in`]),
      ...(gone.length === 0 ? [] : [`${list(gone)}: not in this run, but in`]),
    ],
  };
}

const familyOf = (target: string): string => target.split('@')[0] ?? target;

const isSameBut = (a: CellRates, b: CellRates): boolean =>
  a.scenario === b.scenario &&
  a.executor === b.executor &&
  a.allocator === b.allocator &&
  familyOf(a.target) === familyOf(b.target);

function comparePair(pair: Pair, budgets: readonly Budget[]): Regression[] {
  const own = entriesFor(asPlan(pair.now), budgets);
  const ids = new Set([...Object.keys(pair.now.metrics), ...Object.keys(pair.before.metrics)]);
  return [...ids].map((id) => {
    const { unit } = describeMetric(id);
    const per = pair.now.metrics[id]?.per;
    const usual = allowedShare * (budgetFor(id, [], per)?.maxPerCycle ?? 0);
    const least = unit === 'count' ? allowedCount : 0;
    const before = allowedOfLeak * Math.abs(pair.before.metrics[id]?.slopePerCycle ?? 0);
    const allowed = budgetFor(id, own, per)?.regressionPerCycle ?? Math.max(usual, least, before);
    return compareMetric(id, pair, allowed);
  });
}

/** Selectors of budgets know a cell by its plan. */
function asPlan(cell: CellRates): CellPlan {
  const { scenario, executor, allocator, target: text } = cell;
  const target: TargetSpec = { id: familyOf(text), variants: {}, text };
  const plain = scenario.replace(/\[.*$/, '');
  return { id: cellIdOf(cell), scenario: plain, target, executor, allocator, repeat: 1 };
}

function compareMetric(id: string, { before, now }: Pair, allowed: number): Regression {
  const { title, unit } = describeMetric(id);
  const [then, today] = [before, now].map((cell) => cell.metrics[id] ?? absent(id, cell));
  const gates = today?.gates ?? then?.gates ?? false;
  const base = {
    cell: cellIdOf(now),
    before: before.target === now.target ? '' : before.target,
    metric: id,
    title,
    unit,
    ...(today?.per === undefined ? {} : { per: today.per }),
    slopeBefore: then?.slopePerCycle ?? 0,
    slopeNow: today?.slopePerCycle ?? 0,
    allowed,
    gates,
  };
  if (then == null || today == null) {
    const where = today == null ? 'in this run' : 'before';
    return {
      ...base,
      difference: 0,
      intervalLow: -Number.MAX_VALUE,
      intervalHigh: Number.MAX_VALUE,
      couldSee: null,
      answer: 'undecided',
      says: `${title} could not be read ${where}: nothing to compare`,
    };
  }
  const found = rateDifference(then, today, allowed);
  return {
    ...base,
    difference: found.difference,
    intervalLow: found.low,
    intervalHigh: found.high,
    couldSee: found.couldSee,
    answer: found.answer,
    says: sentence(found, base),
  };
}

/** A kind that nobody counted was not there, where its family was counted; bytes that are missing were not read. */
function absent(id: string, { metrics }: CellRates): MetricRate | null {
  const family = id.split('.')[0] ?? '';
  const total = metrics[`${family}.total`];
  if (describeMetric(id).unit !== 'count') return null;
  const { repeats, cycles } = total ?? { repeats: 1, cycles: 0 };
  return { slopePerCycle: 0, standardError: 0, spread: null, repeats, cycles, gates: true };
}

type Told = Pick<Regression, 'title' | 'unit' | 'per' | 'slopeBefore' | 'slopeNow' | 'allowed'>;

function sentence(found: RateDifference, told: Told): string {
  const { title, unit, per = 'cycle', slopeBefore, slopeNow, allowed } = told;
  const { difference: value, low, high, answer, couldSee } = found;
  const { amount, interval } = formatSlope({ value, low, high }, unit);
  const [then, today] = [slopeBefore, slopeNow].map((slope) => formatAmount(slope, unit));
  const sides = `${title} does ${today} per ${per}, before ${then}`;
  const by = `${value > 0 ? '+' : ''}${amount} ${interval}`;
  switch (answer) {
    case 'worse':
      return `${sides}: worse by ${by}, ${formatAmount(allowed, unit)} more are allowed`;
    case 'better':
      return `${sides}: better by ${by}`;
    case 'same':
      return `${sides}: no worse, ${by}`;
    default:
      return `${sides}: cannot be told, ${by}; could have seen ${formatChange(couldSee, unit)}`;
  }
}

/** Dozens of counts that stay where they are say nothing. */
const isWorthALine = ({ unit, metric, answer }: Regression): boolean =>
  unit === 'bytes' || metric.endsWith('.total') || answer !== 'same';

function singleRuns(pairs: readonly Pair[]): string[] {
  const once = pairs.filter((pair) =>
    [pair.before, pair.now].every((cell) =>
      Object.values(cell.metrics).every(({ repeats }) => repeats === 1),
    ),
  );
  return once.length === 0
    ? []
    : [
        `${plural(once.length, 'cell')} ran once on both sides: how far two processes of one build differ is not in the intervals (--repeats 3 would tell)`,
      ];
}

/** What every release may add adds up. */
function drift(
  metrics: readonly Regression[],
  pairs: readonly Pair[],
  budgets: readonly Budget[],
): string[] {
  return pairs
    .flatMap((pair) => comparePair(pair, budgets))
    .filter(({ gates, answer }) => gates && answer === 'worse')
    .filter(({ cell, metric }) =>
      metrics.some(
        (last) => last.cell === cell && last.metric === metric && last.answer !== 'worse',
      ),
    )
    .map(
      ({ cell, says }) =>
        `${cell}: no worse than the last accepted run, but than the oldest: ${says}`,
    );
}

function renewal(metrics: readonly Regression[]): string[] {
  const gating = metrics.filter(({ gates }) => gates);
  const better = gating.filter(({ answer }) => answer === 'better');
  const isClean = gating.every(({ answer }) => answer === 'same' || answer === 'better');
  if (better.length === 0 || !isClean) return [];
  const names = [...new Set(better.map(({ title }) => title))];
  return [
    `${list(names)}: better than accepted. Accept this run to hold the next one to it: tidemark baseline save`,
  ];
}
