import type { RunPlan } from '../harness/contracts/plan.ts';
import type { CellAnalysis } from '../harness/contracts/result.ts';

/** A cell that stopped because it was decided has not lost the cycles it did not need. */
export function cyclesText(
  { cyclesDone, cyclesPlanned }: CellAnalysis,
  { settings }: RunPlan,
): string {
  if (!settings.untilDecided) return `${cyclesDone} of ${cyclesPlanned}`;
  return cyclesPlanned < settings.cycles
    ? `${cyclesDone}, then decided`
    : `${cyclesDone} of at most ${settings.cycles}`;
}
