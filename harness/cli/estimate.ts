import type { CellPlan, RunPlan } from '../contracts/plan.ts';
import type { Registry } from '../registry.ts';

/** Start, proofs, stop. Like the next, measured on two cores. */
const SECONDS_PER_CELL = 8;
/** A round trip with settling, garbage collection and reading, for targets that do not say another number. */
const SECONDS_PER_CYCLE = 0.6;
/** A call that is held is read without waiting for rest. */
const SECONDS_PER_READING = 0.3;

type PlugIns = Pick<Registry, 'scenarios' | 'targets'>;

/** How long a plan will measure, as far as its scenarios and targets say: `about 4 min`. */
export function estimate(plan: RunPlan, plugIns: PlugIns): string {
  const { idleTailMs, cycles, untilDecided } = plan.settings;
  const perCell = SECONDS_PER_CELL + idleTailMs / 1000;
  const seconds = plan.cells.reduce(
    (sum, cell) => sum + perCell + cycles * cycleSeconds(cell, plan, plugIns),
    0,
  );
  const about = untilDecided ? 'at most' : 'about';
  return seconds < 90
    ? `${about} ${Math.round(seconds)} s`
    : `${about} ${Math.ceil(seconds / 60)} min`;
}

function cycleSeconds(cell: CellPlan, { settings }: RunPlan, plugIns: PlugIns): number {
  const scenario = plugIns.scenarios.get(cell.scenario);
  const step = cell.step === undefined ? {} : { [cell.step.parameter]: cell.step.value };
  const parameters = { ...scenario?.parameters, ...settings.parameters, ...step };
  const waits = scenario?.waitsSeconds?.(parameters) ?? 0;
  const rest =
    scenario?.pace === 'time'
      ? SECONDS_PER_READING
      : (plugIns.targets.get(cell.target.id)?.secondsPerCycle ?? SECONDS_PER_CYCLE);
  return waits + rest;
}
