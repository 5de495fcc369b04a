import { TidemarkError } from '../contracts/errors.ts';
import type { RunPlan, RunSettings } from '../contracts/plan.ts';
import { redactDeep } from '../lib/format-safe.ts';
import { makeHider, secretValues } from '../lib/secrets.ts';

/** Read and removed before any target is started: a target's environment does not have it. */
const NAME = 'TIDEMARK_HELD_SETTINGS';
const HIDDEN = '***';

type Held = Pick<RunSettings, 'command' | 'parameters'>;
type HeldByRun = Readonly<Record<string, Held>>;

/** What was taken from an environment: a run that is explained next needs it a second time. */
const taken = new WeakMap<NodeJS.ProcessEnv, HeldByRun>();

/**
 * The plan as it may be stored. What only the target may know stays in the environment of this process, for the one
 * that measures: the plan of a run is a file that people share.
 */
export function holdSecrets(plan: RunPlan, env: NodeJS.ProcessEnv = process.env): RunPlan {
  const stored = redactDeep(plan, makeHider(secretValues(env))) as RunPlan;
  if (lostIn(heldOf(stored)).length > 0) hold(plan.runId, heldOf(plan), env);
  return stored;
}

/** The plan as it is to be run; a stored one that lost its secrets cannot be. */
export function takeSecrets(plan: RunPlan, env: NodeJS.ProcessEnv = process.env): RunPlan {
  if (env[NAME] !== undefined) taken.set(env, { ...taken.get(env), ...heldIn(env) });
  delete env[NAME];
  const held = taken.get(env)?.[plan.runId];
  if (held !== undefined) return { ...plan, settings: { ...plan.settings, ...held } };
  requireWhole(plan, heldOf(plan));
  return plan;
}

/**
 * Puts back what a stored plan lost, for the process that measures. Each must be what the run had, as far as that can
 * still be read: a run goes on with the program that it began with.
 */
export function giveSecrets(
  plan: RunPlan,
  given: Partial<Held>,
  env: NodeJS.ProcessEnv = process.env,
): void {
  const stored = heldOf(plan);
  const { command = stored.command, parameters = {} } = given;
  requireSame('command', stored.command, command);
  for (const [name, value] of Object.entries(parameters)) {
    requireSame(`parameter ${name}`, stored.parameters[name], value);
  }
  const whole: Held = {
    parameters: { ...stored.parameters, ...parameters },
    ...(command === undefined ? {} : { command }),
  };
  requireWhole(plan, stored, given);
  if (lostIn(stored).length > 0) hold(plan.runId, whole, env);
}

/** For a program that goes on after the run was handed over: nothing it starts later has them. */
export function forgetSecrets(env: NodeJS.ProcessEnv = process.env): void {
  delete env[NAME];
  taken.delete(env);
}

const heldOf = ({ settings: { command, parameters } }: RunPlan): Held => ({
  parameters,
  ...(command === undefined ? {} : { command }),
});

function hold(runId: string, held: Held, env: NodeJS.ProcessEnv): void {
  // Added, never put in the place of another's: the controls of a self-test are runs at the same time.
  env[NAME] = JSON.stringify({ ...heldIn(env), [runId]: held });
}

const heldIn = (env: NodeJS.ProcessEnv): HeldByRun => JSON.parse(env[NAME] ?? '{}') as HeldByRun;

/** Where something was hidden: `command`, or the name of a parameter behind `param`. */
function lostIn({ command = '', parameters }: Held): { flag: 'command' | 'param'; name: string }[] {
  const names = Object.keys(parameters).filter((name) => String(parameters[name]).includes(HIDDEN));
  return [
    ...(command.includes(HIDDEN) ? [{ flag: 'command' as const, name: '' }] : []),
    ...names.map((name) => ({ flag: 'param' as const, name })),
  ];
}

function requireWhole({ runId }: RunPlan, stored: Held, given: Partial<Held> = {}): void {
  const missing = lostIn(stored).filter(({ flag, name }) =>
    flag === 'command' ? given.command === undefined : given.parameters?.[name] === undefined,
  );
  if (missing.length === 0) return;
  const flags = missing.map(({ flag, name }) =>
    flag === 'command' ? `--command '${stored.command}'` : `--param ${name}=${HIDDEN}`,
  );
  throw new TidemarkError(
    'usage',
    `the command or a parameter of run ${runId} held a secret, which is not stored`,
    { hint: `give it again in place of the stars: ${flags.join(' ')}` },
  );
}

type Value = string | number | boolean | undefined;

function requireSame(what: string, stored: Value, given: Value): void {
  const parts = String(stored).split(HIDDEN).map(escapeRegExp);
  if (stored === given || new RegExp(`^${parts.join('.+')}$`, 's').test(String(given))) return;
  throw new TidemarkError(
    'usage',
    stored === undefined
      ? `the run has no ${what}`
      : `the ${what} given is not that of the run, which is: ${stored}`,
    { hint: 'give what the run had, or start a new run' },
  );
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
