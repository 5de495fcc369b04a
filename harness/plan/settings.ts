import type { Config } from '../contracts/config.ts';
import { TidemarkError } from '../contracts/errors.ts';
import type { RunSettings } from '../contracts/plan.ts';
import { parseDuration, parseSize } from '../lib/units.ts';

/**
 * 100 cycles see a native leak of 4 KB per cycle through ordinary noise; the settle time-out only bounds the wait,
 * a quiet target is sampled about 0.2 s after its cycle.
 */
const DEFAULTS = {
  cycles: 100,
  lastLook: 200,
  repeats: 1,
  idleTail: '5s',
  settleTimeout: '5s',
  cycleTimeout: '60s',
  stop: 'if-inconsistent',
} as const;

function duration(name: string, value: string | number): number {
  const ms = parseDuration(value);
  if (ms === null) {
    throw new TidemarkError('usage', `${name} '${value}' is not a duration`, {
      hint: 'write 500ms, 30s or 2m',
    });
  }
  return ms;
}

function size(name: string, value: string | number): number {
  const bytes = parseSize(value);
  if (bytes === null || bytes === 0) {
    throw new TidemarkError('usage', `${name} '${value}' is not a size`, {
      hint: 'write 512MiB or 2GiB',
    });
  }
  return Math.round(bytes);
}

/** Fills what the config leaves open; the memory kill-switch defaults to half of the machine. */
export function resolveSettings(config: Config, machineMemoryBytes: number): RunSettings {
  return {
    cycles: config.cycles ?? (config.untilDecided ? DEFAULTS.lastLook : DEFAULTS.cycles),
    untilDecided: config.untilDecided ?? false,
    repeats: config.repeats ?? DEFAULTS.repeats,
    idleTailMs: duration('idleTail', config.idleTail ?? DEFAULTS.idleTail),
    settleTimeoutMs: duration('settleTimeout', config.settleTimeout ?? DEFAULTS.settleTimeout),
    cycleTimeoutMs: duration('cycleTimeout', config.cycleTimeout ?? DEFAULTS.cycleTimeout),
    memoryLimitBytes:
      config.memoryLimit === undefined
        ? Math.floor(machineMemoryBytes / 2)
        : size('memoryLimit', config.memoryLimit),
    stop: config.stop ?? DEFAULTS.stop,
    ...(config.command === undefined ? {} : { command: config.command }),
    parameters: config.parameters ?? {},
  };
}
