import { DEFAULT_BUDGETS } from '../contracts/budgets.ts';
import { TidemarkError } from '../contracts/errors.ts';
import { describeMetric } from '../contracts/measurement.ts';
import type { Budget } from '../contracts/plan.ts';
import type { RunResult } from '../contracts/result.ts';
import { nearest } from '../lib/nearest.ts';
import { parsePerCycle, parsePerMinute } from '../lib/units.ts';

/** Metric or family -> `16KiB/cycle` or `0/cycle`; `1MiB/minute` where one call is held. */
export type WithinBudgets = Readonly<Record<string, string>>;

const FAMILIES: Readonly<Record<string, string>> = {
  threads: 'threads.*',
  descriptors: 'fds.*',
  fds: 'fds.*',
  objects: 'count.*',
  count: 'count.*',
};

/** Short names and rates as people write them -> budgets; a name that nothing measures is an error. Pure. */
export function parseWithin(budgets: WithinBudgets, result: RunResult): Budget[] {
  const parsed = Object.entries(budgets).map(([name, rate]): Budget => {
    const metric = FAMILIES[name] ?? name;
    requireKnown(metric, name, result);
    return { metric, level: 'error', ...parseRate(metric, name, rate) };
  });
  if (parsed.length > 0) return parsed;
  throw new TidemarkError('usage', 'toStayWithin needs a budget', {
    hint: "for example { 'native.live': '16KiB/cycle' }",
  });
}

function parseRate(
  metric: string,
  name: string,
  rate: string,
): Pick<Budget, 'maxPerCycle' | 'per'> {
  const isCount = describeMetric(metric.replace(/\.\*$/, '.x')).unit === 'count';
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
