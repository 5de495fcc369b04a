import { TidemarkError } from '../contracts/errors.ts';
import type { RunPlan, RunSettings } from '../contracts/plan.ts';
import { redactDeep } from '../lib/format-safe.ts';
import { makeHider, secretValues } from '../lib/secrets.ts';

/** Read and removed before any target is started: a target's environment does not have it. */
const NAME = 'TIDEMARK_HELD_SETTINGS';

type Held = Pick<RunSettings, 'command' | 'parameters'>;

/**
 * The plan as it may be stored. What only the target may know stays in the environment of this process, for the one
 * that measures: the plan of a run is a file that people share.
 */
export function holdSecrets(plan: RunPlan, env: NodeJS.ProcessEnv = process.env): RunPlan {
  const stored = redactDeep(plan, makeHider(secretValues(env))) as RunPlan;
  const { command, parameters } = plan.settings;
  const held: Held = { parameters, ...(command === undefined ? {} : { command }) };
  if (JSON.stringify(heldOf(stored)) !== JSON.stringify(heldOf(plan))) {
    env[NAME] = JSON.stringify({ [plan.runId]: held });
  }
  return stored;
}

/** The plan as it is to be run; a stored one that lost its secrets cannot be. */
export function takeSecrets(plan: RunPlan, env: NodeJS.ProcessEnv = process.env): RunPlan {
  const all = JSON.parse(env[NAME] ?? '{}') as Readonly<Record<string, Held>>;
  delete env[NAME];
  const held = all[plan.runId];
  if (held !== undefined) return { ...plan, settings: { ...plan.settings, ...held } };
  if (!JSON.stringify(heldOf(plan)).includes('***')) return plan;
  throw new TidemarkError(
    'usage',
    'the command or a parameter of this run held a secret, which is not stored',
    {
      hint: 'give it in an environment variable that the program reads, or start a new run',
    },
  );
}

/** For a program that goes on after the run was handed over: nothing it starts later has them. */
export function forgetSecrets(env: NodeJS.ProcessEnv = process.env): void {
  delete env[NAME];
}

const heldOf = ({ settings }: RunPlan): unknown => [settings.command, settings.parameters];
