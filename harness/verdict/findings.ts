import type { Finding, Suppression } from '../contracts/gate.ts';
import type { CellPlan, RunPlan } from '../contracts/plan.ts';
import type { CellAnalysis, MetricAnalysis } from '../contracts/result.ts';
import { fingerprint } from '../lib/fingerprint.ts';
import { formatAmount } from '../lib/format.ts';

/**
 * What names a finding from run to run: where it shows and in what, never how much or since which version. Names of
 * threads and objects lose their numbers (`worker-17`), the allocator is left out: a leak is the same under all of them.
 */
function fingerprintOf({ scenario, target, executor }: CellPlan, kind: string): string {
  return fingerprint([scenario, target.id, executor, kind.replace(/\d+/g, '#')]);
}

/** Everything in a cell that fails or warns. A leak is named by its kind, whatever metric of it was read. */
export function findingsOf(cell: CellAnalysis, plan: RunPlan): Finding[] {
  const { classification, metrics, ceilings = [] } = cell;
  const leaks = ['leak', 'mixed'].includes(classification.kind) ? classification.leaking : [];
  const breaches = metrics.filter(
    ({ role, check }) =>
      role !== 'live' && role !== 'count' && (check === 'fail' || check === 'warn'),
  );
  const peaks = ceilings.filter(({ check }) => check === 'fail' || check === 'warn');
  const found = [
    ...leaks.map((kind) => ({ kind, metric: leakingMetric(kind, metrics) })),
    ...breaches.map((metric) => ({ kind: metric.id, metric })),
    ...peaks.map(({ metric: id }) => ({
      kind: `peak of ${id}`,
      metric: metrics.find((metric) => metric.id === id),
    })),
  ];
  return found.map(({ kind, metric }): Finding => {
    const name = fingerprintOf(cell.cell, kind);
    const known = (plan.suppressions ?? []).find((one) => one.fingerprint === name);
    const refused = known === undefined ? null : refusalOf(known, metric, plan.createdAt);
    return {
      cell: cell.cell.id,
      fingerprint: name,
      kind,
      metric: metric?.id ?? null,
      accepted: known === undefined || refused !== null ? null : acceptance(known),
      refused,
    };
  });
}

/** `native` shows in native live bytes, or in anonymous memory where those cannot be read. */
export function leakingMetric(
  kind: string,
  metrics: readonly MetricAnalysis[],
): MetricAnalysis | undefined {
  const named = metrics.find(({ id }) => id === kind || id === `${kind}.live`);
  if (named !== undefined || kind !== 'native') return named;
  return metrics.find(({ role }) => role === 'anonymous');
}

/** Judged as of the day of the run, so that a stored run is judged alike on any day. */
function refusalOf(
  { expires, maxPerCycle, issue }: Suppression,
  metric: MetricAnalysis | undefined,
  createdAt: string,
): string | null {
  if (createdAt.slice(0, 10) > expires) return `its suppression expired on ${expires} (${issue})`;
  if (maxPerCycle === undefined || metric === undefined) return null;
  const least = metric.trend.intervalLow;
  if (least <= maxPerCycle) return null;
  const [does, upTo] = [least, maxPerCycle].map((value) => formatAmount(value, metric.unit));
  return `it does at least ${does} per ${metric.cyclesPerMinute === undefined ? 'cycle' : 'minute'}, its suppression accepts ${upTo} (${issue})`;
}

const acceptance = ({ reason, issue, expires }: Suppression): string =>
  `known until ${expires}: ${reason} (${issue})`;

/** Suppressions that stand for nothing that was found: they would hide the next leak of that name. */
export function idleSuppressions(
  plan: RunPlan,
  cells: readonly CellAnalysis[],
  findings: readonly Finding[],
): string[] {
  return (plan.suppressions ?? []).flatMap((known) => {
    if (findings.some(({ fingerprint: name }) => name === known.fingerprint)) return [];
    const gone = cells.find((cell) => couldBe(cell, known.fingerprint));
    const isExpired = plan.createdAt.slice(0, 10) > known.expires;
    const name = `suppression ${known.fingerprint} (${known.reason})`;
    const expired = isExpired ? ` and expired on ${known.expires}` : '';
    if (gone !== undefined)
      return [`${name} is not needed in ${gone.cell.id} any more${expired}: remove it`];
    // What it fits can be in another shard.
    if (plan.shard !== undefined && !isExpired) return [];
    const advice = isExpired
      ? 'it hides nothing, remove it'
      : 'check the fingerprint, or remove it';
    return [`${name} fits nothing in this run${expired}: ${advice}`];
  });
}

function couldBe({ cell, metrics, ceilings = [] }: CellAnalysis, name: string): boolean {
  const kinds = [
    'native',
    'managed',
    ...metrics.map(({ id }) => id),
    ...ceilings.map(({ metric }) => `peak of ${metric}`),
  ];
  return kinds.some((kind) => fingerprintOf(cell, kind) === name);
}
