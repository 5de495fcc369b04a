import { type Command, InvalidArgumentError } from 'commander';
import type { Config } from '../contracts/config.ts';
import { TidemarkError } from '../contracts/errors.ts';
import type { RunSettings } from '../contracts/plan.ts';
import { checkConfig } from '../plan/load-config.ts';
import { configFromEnvironment } from './environment.ts';

/** Flags of `run`, as commander gives them; each overrides `TIDEMARK_*`, which overrides the config file. */
export interface RunFlags {
  config?: string;
  scenario?: string[];
  target?: string[];
  executor?: string[];
  allocator?: string[];
  cycles?: number;
  untilDecided?: boolean;
  ladder?: boolean;
  repeats?: number;
  idleTail?: string;
  settleTimeout?: string;
  cycleTimeout?: string;
  memoryLimit?: string;
  stop?: string;
  command?: string;
  param?: string[];
  out?: string;
  against?: string;
  shard?: string;
  resume?: string;
  issue?: boolean;
  explain?: boolean;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('a whole number from 1 up is needed');
  return value;
}

export const collect = (value: string, before: string[] | undefined): string[] => [
  ...(before ?? []),
  value,
];

export function addRunOptions(command: Command): Command {
  return command
    .option('--config <file>', 'config file (default: tidemark.config.{ts,mjs,js,json,yaml} here)')
    .option('--scenario <name>', 'scenario; repeat the flag for several', collect)
    .option(
      '--target <spec>',
      'target, as rtc-node@1.1.0 or rtc-node@1.1.0+ffi0.12.80; repeatable',
      collect,
    )
    .option('--executor <name>', 'executor; repeatable', collect)
    .option('--allocator <name>', 'allocator; repeatable', collect)
    .option('--cycles <n>', 'cycles per cell (default 100)', wholeNumber)
    .option(
      '--until-decided',
      'stop a cell as soon as its answer is safe (at most 200 cycles, or --cycles)',
    )
    .option('--ladder', 'run the scenario in steps and say at which one growth begins')
    .option('--repeats <n>', 'fresh processes per cell (default 1)', wholeNumber)
    .option('--idle-tail <time>', 'how long to watch after the last cycle (default 5s)')
    .option('--settle-timeout <time>', 'longest wait for rest before a sample (default 5s)')
    .option('--cycle-timeout <time>', 'a cycle longer than this hangs (default 60s)')
    .option('--memory-limit <size>', 'kill a target over this (default: half of the memory)')
    .option(
      '--stop <when>',
      'stop the target while its heap is read: never, if-inconsistent, always',
    )
    .option('--command <line>', 'the program to measure, for targets program and agent-worker')
    .option('--param <name=value>', 'scenario parameter; repeatable', collect)
    .option('--issue', 'write issue.md too: the cell that leaks, ready to paste')
    .option('--explain', 'then explain every cell that leaks, in a fresh process with costly looks')
    .option('--out <folder>', 'where run folders go (default reports/out)');
}

function parametersOf(pairs: readonly string[] | undefined): Config['parameters'] {
  if (pairs === undefined) return undefined;
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1)
        throw new TidemarkError('usage', `--param '${pair}' is not name=value`, {
          hint: 'for example --param ending=kicked',
        });
      const text = pair.slice(at + 1);
      const value =
        text === 'true'
          ? true
          : text === 'false'
            ? false
            : text !== '' && Number.isFinite(Number(text))
              ? Number(text)
              : text;
      return [pair.slice(0, at), value];
    }),
  );
}

/** What a stored plan may have lost, as it is given again. */
export function secretsOf(flags: {
  readonly command?: string | undefined;
  readonly param?: readonly string[] | undefined;
}): Partial<Pick<RunSettings, 'command' | 'parameters'>> {
  const parameters = parametersOf(flags.param);
  return {
    ...(flags.command === undefined ? {} : { command: flags.command }),
    ...(parameters === undefined ? {} : { parameters }),
  };
}

function withoutUndefined(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

/** Flag over environment over file. */
export function mergeConfig(file: Config, flags: RunFlags, env: NodeJS.ProcessEnv): Config {
  const own = withoutUndefined({
    scenarios: flags.scenario,
    targets: flags.target,
    executors: flags.executor,
    allocators: flags.allocator,
    cycles: flags.cycles,
    untilDecided: flags.untilDecided,
    ladder: flags.ladder,
    repeats: flags.repeats,
    idleTail: flags.idleTail,
    settleTimeout: flags.settleTimeout,
    cycleTimeout: flags.cycleTimeout,
    memoryLimit: flags.memoryLimit,
    stop: flags.stop,
    command: flags.command,
    parameters: parametersOf(flags.param),
    out: flags.out,
    against: flags.against,
  });
  const given = checkConfig(own, 'command line');
  const parameters = { ...file.parameters, ...given.parameters };
  return {
    ...file,
    ...configFromEnvironment(env),
    ...given,
    ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
  };
}
