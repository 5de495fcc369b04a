import type { LedgerEntry } from '../contracts/ledger.ts';
import type { RunPlan } from '../contracts/plan.ts';
import type { CellAnalysis, ClassificationKind, MetricAnalysis } from '../contracts/result.ts';
import { analyzeRun } from './analyze-run.ts';
import { answerAt, slackPatience } from './judge/looks.ts';
import { looksUntilDecided } from './looks-until-decided.ts';

/** What gates, or anonymous memory where no live bytes can be read. */
function witnesses(metrics: readonly MetricAnalysis[]): MetricAnalysis[] {
  const gating = metrics.filter(({ budget }) => budget?.level === 'error');
  const hasNative = gating.some(({ id }) => id === 'native.live');
  return hasNative ? gating : [...gating, ...metrics.filter(({ role }) => role === 'anonymous')];
}

/** That free pages are kept passes like rest, so nothing is lost by saying it early. */
const HARMLESS: readonly ClassificationKind[] = ['steady', 'warm-up', 'retention'];

/** Slack and residency warm up more slowly than live bytes: what they alone say is worth nothing before their time. */
function isAtRest({ metrics, classification }: CellAnalysis, cycle: number): boolean {
  const answers = answersOf(metrics, cycle);
  if (answers.length === 0 || answers.some((answer) => answer !== 'steady')) return false;
  return cycle >= slackPatience || HARMLESS.includes(classification.kind);
}

const answersOf = (metrics: readonly MetricAnalysis[], cycle: number) =>
  witnesses(metrics).map(({ role, trend }) =>
    answerAt(cycle, trend, role === 'anonymous' ? slackPatience : undefined),
  );

/**
 * Whether a cell that runs `--until-decided` can stop after this cycle: at a look, when a leak is certain or everything
 * that gates has settled. `plan` must be the run's own: its settings make the judge spend alpha over the looks.
 */
export function decideEarly(
  plan: RunPlan,
  entries: readonly LedgerEntry[],
  cycle: number,
): boolean {
  if (!looksUntilDecided(plan.settings.cycles).includes(cycle)) return false;
  const cells = plan.cells.filter(({ id }) => entries.some((entry) => entry.cell === id));
  const [cell] = analyzeRun({ ...plan, cells }, { entries, problems: [] }).cells;
  if (cell === undefined) return false;
  return answersOf(cell.metrics, cycle).includes('growing') || isAtRest(cell, cycle);
}
