import type { LedgerEntry } from '../contracts/ledger.ts';
import type { RunPlan } from '../contracts/plan.ts';
import type { MetricAnalysis } from '../contracts/result.ts';
import { analyzeRun } from './analyze-run.ts';
import { answerAt, defaultLooks, slackPatience } from './judge/looks.ts';

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
  const answers = witnesses(cell?.metrics ?? []).map(({ role, trend }) =>
    answerAt(cycle, trend, role === 'anonymous' ? slackPatience : undefined),
  );
  if (answers.includes('growing')) return true;
  return answers.length > 0 && answers.every((answer) => answer === 'steady');
}
