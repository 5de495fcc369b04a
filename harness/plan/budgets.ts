import { covers, DEFAULT_BUDGETS, narrowest } from '../contracts/budgets.ts';
import type { BudgetConfig, Config, OverrideConfig } from '../contracts/config.ts';
import { TidemarkError } from '../contracts/errors.ts';
import type { Ceiling, CellSelector, Suppression } from '../contracts/gate.ts';
import type { Budget, RunPlan } from '../contracts/plan.ts';
import type { PlugIn, Probe } from '../contracts/plugins.ts';
import { nearest } from '../lib/nearest.ts';
import { parsePerCycle, parsePerMinute, parseSize } from '../lib/units.ts';
import { parseTargetSpec } from './parse-target-spec.ts';

export interface GatePlugIns {
  readonly scenarios: ReadonlyMap<string, PlugIn>;
  readonly targets: ReadonlyMap<string, PlugIn>;
  readonly executors: ReadonlyMap<string, PlugIn>;
  readonly allocators: ReadonlyMap<string, PlugIn>;
  readonly probes: ReadonlyMap<string, Probe>;
}

type Gate = Required<Pick<RunPlan, 'budgets'>> & Pick<RunPlan, 'ceilings' | 'suppressions'>;

/** Seen by the runner itself while a cycle is under way. */
const RUNNING = 'running.*';

/** Budgets over the defaults, ceilings, suppressions: everything that is written is known to mean something. */
export function resolveGate(config: Config, plugIns: GatePlugIns): Gate {
  const known = [...plugIns.probes.values()].flatMap(({ metrics }) => metrics).concat(RUNNING);
  const base = Object.entries(config.budgets ?? {}).map(([metric, written]) =>
    resolve({ where: 'budgets', metric, written, known, over: DEFAULT_BUDGETS }),
  );
  const budgets = base.flatMap(({ budget }) => budget ?? []);
  const over = [
    ...DEFAULT_BUDGETS.filter(
      ({ metric }) => !budgets.some((own) => own.metric === metric && own.per === undefined),
    ),
    ...budgets,
  ];
  const special = (config.overrides ?? []).flatMap((override, i) => {
    const only = selectorOf(override, `overrides.${i}`, plugIns);
    return Object.entries(override.budgets).map(([metric, written]) =>
      resolve({ where: `overrides.${i}.budgets`, metric, written, known, over, only }),
    );
  });
  const ceilings = [...base, ...special].flatMap(({ ceiling }) => ceiling ?? []);
  const suppressions = (config.suppressions ?? []).map(suppressionOf);
  return {
    budgets: [...over, ...special.flatMap(({ budget }) => budget ?? [])],
    ...(ceilings.length === 0 ? {} : { ceilings }),
    ...(suppressions.length === 0 ? {} : { suppressions }),
  };
}

interface Entry {
  readonly where: string;
  readonly metric: string;
  readonly written: BudgetConfig;
  readonly known: readonly string[];
  /** What an entry without `max` takes its number from. */
  readonly over: readonly Budget[];
  readonly only?: CellSelector;
}

interface Resolved {
  readonly budget?: Budget;
  readonly ceiling?: Ceiling;
}

function resolve({ where, metric, written, known, over, only }: Entry): Resolved {
  requireKnown(`${where}.${metric}`, metric, known);
  const [level, { max, peak, confidence, regression, reason }] = written;
  const shared = {
    metric,
    level,
    ...(reason === undefined ? {} : { reason }),
    ...(only === undefined ? {} : { only }),
  };
  const ceiling =
    peak === undefined ? {} : { ceiling: { ...shared, max: sizeOf(`${where}.${metric}`, peak) } };
  // A ceiling alone says nothing about growth.
  if (max === undefined && peak !== undefined && confidence === undefined) return ceiling;
  const cycles = over.filter(({ per }) => per === undefined);
  const maxPerCycle =
    max === undefined ? narrowest(metric, cycles)?.maxPerCycle : rateOf(`${where}.${metric}`, max);
  const isPerMinute = max !== undefined && parsePerMinute(max) !== null;
  if (maxPerCycle === undefined && level !== 'off') {
    throw new TidemarkError('config', `${where}.${metric} allows nothing and has no default`, {
      hint: "write max: '16KiB/cycle' for growth, peak: '200MiB' for a ceiling",
    });
  }
  const regressionPerCycle =
    regression === undefined ? undefined : rateOf(`${where}.${metric}`, regression);
  return {
    ...ceiling,
    budget: {
      ...shared,
      maxPerCycle: maxPerCycle ?? 0,
      ...(isPerMinute ? { per: 'minute' } : {}),
      ...(confidence === undefined ? {} : { confidence }),
      ...(regressionPerCycle === undefined ? {} : { regressionPerCycle }),
    },
  };
}

/** A budget for a metric that no probe gives would gate nothing, in silence. */
function requireKnown(where: string, metric: string, known: readonly string[]): void {
  if (known.some((pattern) => covers(pattern, metric) || covers(metric, pattern))) return;
  const guess = nearest(metric, known);
  throw new TidemarkError('config', `${where}: no probe reads a metric '${metric}'`, {
    hint: guess === undefined ? `there are: ${known.join(', ')}` : `did you mean '${guess}'?`,
  });
}

function rateOf(where: string, text: string): number {
  const rate = parsePerCycle(text) ?? parsePerMinute(text);
  if (rate !== null) return rate;
  throw new TidemarkError('config', `${where}: '${text}' is not a rate`, {
    hint: 'write 16KiB/cycle or 0/cycle, or 1MiB/minute for a call that is held',
  });
}

function sizeOf(where: string, value: string | number): number {
  const size = parseSize(value);
  if (size !== null) return size;
  throw new TidemarkError('config', `${where}: peak '${value}' is not a size or a number`, {
    hint: 'write 200MiB, or 40 for a count',
  });
}

function selectorOf(
  { scenario, target, executor, allocator }: OverrideConfig,
  where: string,
  plugIns: GatePlugIns,
): CellSelector {
  const axes = { scenario, target, executor, allocator };
  const named = Object.entries(axes).filter(([, value]) => value !== undefined);
  if (named.length === 0) {
    throw new TidemarkError('config', `${where} names no scenario, target, executor or allocator`, {
      hint: 'what is for all cells belongs into budgets',
    });
  }
  for (const [axis, value = ''] of named) {
    const name = axis === 'target' ? parseTargetSpec(value).id : value;
    const all = plugIns[`${axis}s` as keyof Omit<GatePlugIns, 'probes'>];
    if (all.has(name)) continue;
    const guess = nearest(name, all.keys());
    throw new TidemarkError('config', `${where}.${axis}: unknown ${axis} '${name}'`, {
      hint:
        guess === undefined
          ? `there are: ${[...all.keys()].join(', ')}`
          : `did you mean '${guess}'?`,
    });
  }
  return Object.fromEntries(named) as CellSelector;
}

function suppressionOf(
  { max, ...written }: NonNullable<Config['suppressions']>[number],
  i: number,
): Suppression {
  return max === undefined
    ? written
    : { ...written, maxPerCycle: rateOf(`suppressions.${i}`, max) };
}
