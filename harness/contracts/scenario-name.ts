import type { CellPlan } from './plan.ts';

/** `call`, or `call[upTo=publish]` for a step of its ladder. */
export const scenarioName = ({ scenario, step }: Pick<CellPlan, 'scenario' | 'step'>): string =>
  step === undefined ? scenario : `${scenario}[${step.parameter}=${step.value}]`;
