import { covers, narrowest } from '../contracts/budgets.ts';
import type { Ceiling, CeilingCheck } from '../contracts/gate.ts';
import { describeMetric } from '../contracts/measurement.ts';
import type { MetricAnalysis } from '../contracts/result.ts';

/** The highest value at rest of every metric that has a ceiling; one that could not be read has not passed. */
export function checkCeilings(
  metrics: readonly MetricAnalysis[],
  ceilings: readonly Ceiling[],
): CeilingCheck[] {
  const checks = metrics.flatMap((metric) => {
    const ceiling = narrowest(metric.id, ceilings);
    return ceiling === null ? [] : [check(metric, ceiling)];
  });
  const unread = ceilings.filter(
    ({ metric, level }) => level !== 'off' && !metrics.some(({ id }) => covers(metric, id)),
  );
  return [...checks, ...unread.map(notRead)];
}

function check({ id, title, unit, series, missing }: MetricAnalysis, ceiling: Ceiling) {
  const { cycles, values } = series;
  const highest = values.length === 0 ? null : values.reduce((a, b) => Math.max(a, b));
  const isOver = highest !== null && highest > ceiling.max;
  return {
    metric: id,
    title,
    unit,
    ceiling,
    highest,
    cycle: highest === null ? null : (cycles[values.indexOf(highest)] ?? null),
    // Read in less than half of the samples it may have been anything in the others.
    check: standing(ceiling, { isOver, isRead: values.length > 0 && values.length >= missing }),
  };
}

function standing(
  { level }: Ceiling,
  { isOver, isRead }: { readonly isOver: boolean; readonly isRead: boolean },
): CeilingCheck['check'] {
  if (level === 'off') return 'off';
  if (isOver) return level === 'error' ? 'fail' : 'warn';
  return isRead ? 'pass' : 'inconclusive';
}

function notRead(ceiling: Ceiling): CeilingCheck {
  const { title, unit } = describeMetric(ceiling.metric);
  const metric = ceiling.metric;
  return { metric, title, unit, ceiling, highest: null, cycle: null, check: 'inconclusive' };
}
