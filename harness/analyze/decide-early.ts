import type { LedgerEntry } from '../contracts/ledger.ts';
import type { RunPlan } from '../contracts/plan.ts';
import type { MetricAnalysis } from '../contracts/result.ts';
import { analyzeRun } from './analyze-run.ts';
import { defaultLooks, slackPatience } from './judge/looks.ts';

/** Before this a warm-up can look like a line to anyone. */
const LEAK_PATIENCE = 50;

const isSettled = ({ trend }: MetricAnalysis): boolean =>
  trend.shape === 'steady' || trend.shape === 'warm-up';

function isSafeLeak({ role, trend }: MetricAnalysis, cycle: number): boolean {
  const patience = role === 'anonymous' ? slackPatience : LEAK_PATIENCE;
  return trend.shape === 'growing' && cycle >= patience;
}

/** What gates, or anonymous memory where no live bytes can be read. */
function witnesses(metrics: readonly MetricAnalysis[]): MetricAnalysis[] {
  const gating = metrics.filter(({ budget }) => budget?.level === 'error');
  const hasNative = gating.some(({ id }) => id === 'native.live');
  return hasNative ? gating : [...gating, ...metrics.filter(({ role }) => role === 'anonymous')];
}

/**
 * Whether a cell that runs `--until-decided` can stop after this cycle: at a look, when a leak is certain or everything
 * that gates has settled. `plan` must be the run's own: its settings make the judge spend alpha over the looks.
 */
export function decideEarly(
  plan: RunPlan,
  entries: readonly LedgerEntry[],
  cycle: number,
): boolean {
  const isLook = defaultLooks.some((look) => look === cycle);
  if (!isLook) return false;
  const cells = plan.cells.filter(({ id }) => entries.some((entry) => entry.cell === id));
  const [cell] = analyzeRun({ ...plan, cells }, { entries, problems: [] }).cells;
  const judged = witnesses(cell?.metrics ?? []);
  if (judged.some((metric) => isSafeLeak(metric, cycle))) return true;
  return judged.length > 0 && judged.every(isSettled);
}
