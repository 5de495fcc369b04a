import type { Config } from '../contracts/config.ts';
import { TidemarkError } from '../contracts/errors.ts';
import type {
  CellPlan,
  MachineFacts,
  NetworkPlan,
  PlugInSource,
  RunPlan,
  SkippedCell,
  TargetSpec,
} from '../contracts/plan.ts';
import type {
  Allocator,
  Executor,
  PlugIn,
  Probe,
  Report,
  Scenario,
  Target,
} from '../contracts/plugins.ts';
import { scenarioName } from '../contracts/scenario-name.ts';
import { nearest } from '../lib/nearest.ts';
import { resolveGate } from './budgets.ts';
import { parseTargetSpec } from './parse-target-spec.ts';
import { requireTruthsFit } from './require-truths-fit.ts';
import { resolveSettings } from './settings.ts';

export interface PlanInput {
  readonly config: Config;
  readonly plugIns: {
    readonly scenarios: ReadonlyMap<string, Scenario>;
    readonly targets: ReadonlyMap<string, Target>;
    readonly executors: ReadonlyMap<string, Executor>;
    readonly allocators: ReadonlyMap<string, Allocator>;
    readonly probes: ReadonlyMap<string, Probe>;
    readonly reports: ReadonlyMap<string, Report>;
  };
  readonly runId: string;
  readonly createdAt: string;
  readonly version: string;
  readonly machine: MachineFacts;
  readonly network: NetworkPlan;
  readonly userPlugIns?: readonly PlugInSource[];
}

interface Axes {
  readonly scenario: Scenario;
  readonly target: Target;
  readonly spec: TargetSpec;
  readonly executor: string;
  readonly allocator: string;
  readonly step?: NonNullable<CellPlan['step']>;
}

const DEFAULT_REPORTS = ['terminal', 'json', 'markdown', 'html'];

/** Looks a name up, or says which one was probably meant. */
function find<T extends PlugIn>(kind: string, name: string, from: ReadonlyMap<string, T>): T {
  const plugIn = from.get(name);
  if (plugIn !== undefined) return plugIn;
  const guess = nearest(name, from.keys());
  throw new TidemarkError('usage', `unknown ${kind} '${name}'`, {
    hint: `${guess === undefined ? '' : `did you mean '${guess}'? `}there are: ${[...from.keys()].join(', ')}`,
  });
}

function cellId({ scenario, spec, executor, allocator, step }: Axes, repeat: number): string {
  const name = scenarioName({ scenario: scenario.id, ...(step === undefined ? {} : { step }) });
  return `${name}/${spec.text}/${executor}/${allocator}${repeat === 1 ? '' : `#${repeat}`}`;
}

/** Why a combination makes no sense; null when it does. */
function unsupported({ scenario, target, executor, allocator }: Axes): string | null {
  const missing = scenario.needs.filter((need) => !target.capabilities.includes(need));
  const { needsOneOf = [[]] } = scenario;
  const sets = needsOneOf.map((set) => `'${set.join("' and '")}'`).join(' or ');
  if (!needsOneOf.some((set) => set.every((need) => target.capabilities.includes(need))))
    return `target ${target.id} cannot ${sets}, which scenario ${scenario.id} needs`;
  if (missing.length > 0)
    return `target ${target.id} cannot '${missing.join("', '")}', which scenario ${scenario.id} needs`;
  if (!target.executors.includes(executor)) {
    return `target ${target.id} has no executor ${executor} (it has ${target.executors.join(', ')})`;
  }
  if (target.allocators !== 'any' && !target.allocators.includes(allocator)) {
    return `target ${target.id} cannot run under ${allocator} (it can under ${target.allocators.join(', ')})`;
  }
  return null;
}

function combine(input: PlanInput): Axes[] {
  const { config, plugIns } = input;
  const targets = [...new Set(config.targets ?? ['rtc-node'])].map((text) => {
    const spec = parseTargetSpec(text);
    const target = find('target', spec.id, plugIns.targets);
    target.check(spec, config.command === undefined ? {} : { command: config.command });
    return { spec, target };
  });
  const scenarios = [...new Set(config.scenarios ?? ['join-leave'])].map((name) =>
    find('scenario', name, plugIns.scenarios),
  );
  // What nobody chose is the way the target is usually run.
  const executorsOf = (target: Target): readonly string[] =>
    [...new Set(config.executors ?? target.executors.slice(0, 1))].map(
      (name) => find('executor', name, plugIns.executors).id,
    );
  // A target that brings its own allocator runs under that one, unless others were asked for.
  const allocatorsOf = (target: Target): readonly string[] => {
    const usual = target.allocators === 'any' ? ['glibc', 'jemalloc'] : target.allocators;
    return [...new Set(config.allocators ?? usual)].map(
      (name) => find('allocator', name, plugIns.allocators).id,
    );
  };
  return scenarios.flatMap((scenario) =>
    targets.flatMap(({ spec, target }) =>
      executorsOf(target).flatMap((executor) =>
        allocatorsOf(target).flatMap((allocator) =>
          stepsOf(scenario, input).map((step) => {
            return { scenario, target, spec, executor, allocator, ...step };
          }),
        ),
      ),
    ),
  );
}

/** With `--ladder` one cell per step, from the least to the most; else the scenario as it is. */
function stepsOf({ id, ladder }: Scenario, { config, plugIns }: PlanInput): Pick<Axes, 'step'>[] {
  if (config.ladder !== true) return [{}];
  if (ladder === undefined) {
    const having = [...plugIns.scenarios.values()].flatMap((one) => (one.ladder ? [one.id] : []));
    throw new TidemarkError('usage', `scenario ${id} has no ladder`, {
      hint: `leave --ladder away, or take one that has: ${having.join(', ')}`,
    });
  }
  const { parameter, steps } = ladder;
  if (config.parameters?.[parameter] !== undefined) {
    throw new TidemarkError('usage', `--ladder sets the parameter '${parameter}' itself`, {
      hint: `leave --param ${parameter} away`,
    });
  }
  return steps.map((value) => ({ step: { parameter, value } }));
}

function checkParameters(config: Config, scenarios: readonly Scenario[]): void {
  const known = scenarios.flatMap((scenario) => Object.keys(scenario.parameters ?? {}));
  for (const name of Object.keys(config.parameters ?? {})) {
    if (known.includes(name)) continue;
    const guess = nearest(name, known);
    throw new TidemarkError('usage', `no scenario of this plan has a parameter '${name}'`, {
      hint:
        guess === undefined
          ? `there are: ${known.join(', ') || 'none'}`
          : `did you mean '${guess}'?`,
    });
  }
}

/** Resolves a config to cells. Pure: whatever it needs to know of the world is in `input`. */
export function makePlan(input: PlanInput): RunPlan {
  const { config, plugIns } = input;
  const settings = resolveSettings(config, input.machine.memoryBytes);
  const combinations = combine(input);
  checkParameters(config, [...new Set(combinations.map(({ scenario }) => scenario))]);
  const reports = config.reports ?? DEFAULT_REPORTS;
  for (const name of reports) find('report', name, plugIns.reports);
  const cells: CellPlan[] = [];
  const skipped: SkippedCell[] = [];
  for (let repeat = 1; repeat <= settings.repeats; repeat += 1) {
    for (const axes of combinations) {
      const cell = {
        id: cellId(axes, repeat),
        scenario: axes.scenario.id,
        target: axes.spec,
        executor: axes.executor,
        allocator: axes.allocator,
        repeat,
        ...(axes.scenario.pace === 'time' ? { pace: 'time' as const } : {}),
        ...(axes.step === undefined ? {} : { step: axes.step }),
      };
      const reason = unsupported(axes);
      if (reason === null) cells.push(cell);
      else skipped.push({ cell, reason });
    }
  }
  if (cells.length === 0) {
    throw new TidemarkError(
      'usage',
      `nothing to run: ${skipped[0]?.reason ?? 'the plan has no cell'}`,
      {
        hint: 'npx tidemark list shows what goes together',
      },
    );
  }
  const truths = config.truths ?? [];
  requireTruthsFit(truths, [...cells, ...skipped.map(({ cell }) => cell)]);
  return {
    schemaVersion: 1,
    runId: input.runId,
    createdAt: input.createdAt,
    tidemarkVersion: input.version,
    settings,
    ...resolveGate(config, plugIns),
    cells,
    skipped,
    truths,
    reports,
    network: input.network,
    machine: input.machine,
    ...(input.userPlugIns?.length ? { plugIns: input.userPlugIns } : {}),
  };
}
