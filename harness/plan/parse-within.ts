import { DEFAULT_BUDGETS } from '../contracts/budgets.ts';
import { TidemarkError } from '../contracts/errors.ts';
import type { Ceiling } from '../contracts/gate.ts';
import { describeMetric } from '../contracts/measurement.ts';
import type { Budget } from '../contracts/plan.ts';
import type { RunResult } from '../contracts/result.ts';
import { nearest } from '../lib/nearest.ts';
import { parsePerCycle, parsePerMinute, parseSize } from '../lib/units.ts';

/** Growth, a ceiling, or both, in the words of a config's budgets. */
export interface WithinLimits {
  /** `16KiB/cycle` or `0/cycle`; `1MiB/minute` where one call is held. */
  readonly max?: string;
  /** The most it may be at rest after any cycle: `300MiB`, or 40 for a count. */
  readonly peak?: string | number;
  /** How sure it must be that growth stays within `max`, from 0.8 to 0.999 (default 0.95). */
  readonly confidence?: number;
}

/** Metric or family -> what it may do; a text alone is `max`. */
export type WithinBudgets = Readonly<Record<string, string | WithinLimits>>;

/** What a result is held against. */
export interface Limits {
  readonly budgets: readonly Budget[];
  readonly ceilings: readonly Ceiling[];
}

const FAMILIES: Readonly<Record<string, string>> = {
  threads: 'threads.*',
  descriptors: 'fds.*',
  fds: 'fds.*',
  objects: 'count.*',
  count: 'count.*',
};

const KEYS = ['max', 'peak', 'confidence'];

/** Short names and limits as people write them -> budgets; a name that nothing measures is an error. Pure. */
export function parseWithin(written: WithinBudgets, result: RunResult): Limits {
  const parsed = Object.entries(written).map(([name, limits]) => {
    const metric = FAMILIES[name] ?? name;
    requireKnown(metric, name, result);
    return parseLimits({ metric, name, ...limitsOf(name, limits) });
  });
  if (parsed.length > 0) {
    return {
      budgets: parsed.flatMap(({ budget }) => budget ?? []),
      ceilings: parsed.flatMap(({ ceiling }) => ceiling ?? []),
    };
  }
  throw new TidemarkError('usage', 'toStayWithin needs a budget', {
    hint: "for example { 'native.live': '16KiB/cycle' }",
  });
}

function limitsOf(name: string, written: string | WithinLimits): WithinLimits {
  if (typeof written !== 'object' || written === null) return { max: written };
  const wrong = Object.keys(written).find((key) => !KEYS.includes(key));
  const { max, peak, confidence } = written;
  const why =
    wrong !== undefined
      ? `has no '${wrong}'`
      : max === undefined && peak === undefined
        ? 'limits nothing'
        : confidence !== undefined && (max === undefined || !isConfidence(confidence))
          ? 'has a confidence that means nothing'
          : null;
  if (why === null) return written;
  throw new TidemarkError('usage', `budget of ${name} ${why}`, {
    hint: "write { max: '16KiB/cycle', peak: '300MiB' }, and confidence from 0.8 to 0.999 beside max",
  });
}

const isConfidence = (value: unknown): boolean =>
  typeof value === 'number' && value >= 0.8 && value <= 0.999;

interface Entry extends WithinLimits {
  readonly metric: string;
  readonly name: string;
}

function parseLimits({ metric, name, max, peak, confidence }: Entry): {
  readonly budget?: Budget;
  readonly ceiling?: Ceiling;
} {
  const shared = { metric, level: 'error' } as const;
  const sure = confidence === undefined ? {} : { confidence };
  return {
    ...(max === undefined
      ? {}
      : { budget: { ...shared, ...parseRate(metric, name, max), ...sure } }),
    ...(peak === undefined ? {} : { ceiling: { ...shared, max: parsePeak(metric, name, peak) } }),
  };
}

const isCounted = (metric: string): boolean =>
  describeMetric(metric.replace(/\.\*$/, '.x')).unit === 'count';

function parsePeak(metric: string, name: string, peak: string | number): number {
  const isCount = isCounted(metric);
  const size = parseSize(peak);
  if (size !== null && !(isCount && /[a-z]/i.test(String(peak)))) return size;
  const why = size === null ? 'is not a size or a number' : 'has a unit, and this is a count';
  throw new TidemarkError('usage', `budget of ${name}: peak '${peak}' ${why}`, {
    hint: isCount ? 'write 40' : 'write 300MiB',
  });
}

function parseRate(
  metric: string,
  name: string,
  rate: string,
): Pick<Budget, 'maxPerCycle' | 'per'> {
  const isCount = isCounted(metric);
  const perCycle = typeof rate === 'string' ? parsePerCycle(rate) : null;
  const perMinute = typeof rate === 'string' ? parsePerMinute(rate) : null;
  const amount = perCycle ?? perMinute;
  if (amount !== null && !(isCount && /[a-z]\s*\//i.test(rate))) {
    return perCycle === null ? { maxPerCycle: amount, per: 'minute' } : { maxPerCycle: amount };
  }
  const why = amount === null ? 'is not a rate' : 'has a unit, and this is a count';
  throw new TidemarkError('usage', `budget of ${name}: '${rate}' ${why}`, {
    hint: isCount ? 'write 0/cycle' : 'write 16KiB/cycle',
  });
}

function requireKnown(metric: string, name: string, { cells }: RunResult): void {
  const measured = new Set(cells.flatMap(({ metrics }) => metrics.map(({ id }) => id)));
  const known = [...measured, ...DEFAULT_BUDGETS.map((budget) => budget.metric)];
  if (known.includes(metric)) return;
  if (metric.endsWith('.*') && known.some((id) => id.startsWith(metric.slice(0, -1)))) return;
  const names = [...Object.keys(FAMILIES), ...known.filter((id) => !id.endsWith('.*'))];
  const guess = nearest(name, names);
  throw new TidemarkError('usage', `no metric is called '${name}'`, {
    hint: guess === undefined ? `there are: ${names.join(', ')}` : `did you mean '${guess}'?`,
  });
}
