import type { Truth } from './config.ts';
import type { Against, Ceiling, CellSelector, ShardPlan, Suppression } from './gate.ts';

/** `rtc-node@1.1.0+ffi0.12.80`: the plug-in's id, then what the target itself understands. */
export interface TargetSpec {
  readonly id: string;
  readonly version?: string;
  /** `{ ffi: '0.12.80' }` for `+ffi0.12.80`. */
  readonly variants: Readonly<Record<string, string>>;
  /** As the user wrote it. */
  readonly text: string;
}

/** What growth is said against: cycles that end, or the time that one call is held. */
export type Pace = 'cycles' | 'time';

export interface CellPlan {
  /** `join-leave/rtc-node@1.1.0/inline/glibc`, with `#2` for the second repeat, `call[upTo=join]/...` for a step. */
  readonly id: string;
  readonly scenario: string;
  readonly target: TargetSpec;
  readonly executor: string;
  readonly allocator: string;
  readonly repeat: number;
  /** Default `cycles`. */
  readonly pace?: Pace;
  /** A step of a ladder: the value that one parameter has in this cell. */
  readonly step?: { readonly parameter: string; readonly value: string };
}

export interface SkippedCell {
  readonly cell: CellPlan;
  readonly reason: string;
  /** The command that would help, when there is one. */
  readonly hint?: string;
}

export type BudgetLevel = 'off' | 'warn' | 'error';

export interface Budget {
  /** A metric id, or a family with `.*` (`threads.*`). */
  readonly metric: string;
  readonly level: BudgetLevel;
  /** In the metric's unit per cycle, or per minute where `per` says so. */
  readonly maxPerCycle: number;
  /** Applies to calls that are held; default: to cycles. */
  readonly per?: 'minute';
  readonly reason?: string;
  /** How sure a pass must be, and a breach at least (default: 0.95 for a pass, 0.99 for a breach). */
  readonly confidence?: number;
  /** Compared with a baseline: how much more than there is still accepted, per cycle. */
  readonly regressionPerCycle?: number;
  /** For these cells only; goes before what is for all. */
  readonly only?: CellSelector;
}

export interface RunSettings {
  /** With `untilDecided` the most there will be. */
  readonly cycles: number;
  readonly untilDecided: boolean;
  readonly repeats: number;
  readonly idleTailMs: number;
  readonly settleTimeoutMs: number;
  readonly cycleTimeoutMs: number;
  readonly memoryLimitBytes: number;
  readonly stop: 'never' | 'if-inconsistent' | 'always';
  readonly command?: string;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
}

/** Where traffic can go: a private namespace, or the host's network with the reason. */
export interface NetworkPlan {
  readonly kind: 'private' | 'host';
  readonly reason: string;
}

/** A plug-in of the user's project that was loaded for a run. */
export interface PlugInSource {
  readonly kind: string;
  readonly id: string;
  /** Relative to the folder of the config, or to where the command was given. */
  readonly file: string;
}

export interface RunPlan {
  readonly schemaVersion: 1;
  readonly runId: string;
  readonly createdAt: string;
  readonly tidemarkVersion: string;
  readonly settings: RunSettings;
  readonly budgets: readonly Budget[];
  readonly ceilings?: readonly Ceiling[];
  readonly suppressions?: readonly Suppression[];
  /** What growth is compared with. */
  readonly against?: Against;
  readonly shard?: ShardPlan;
  /** What a reader must know of how the run was put together. */
  readonly notes?: readonly string[];
  readonly cells: readonly CellPlan[];
  readonly skipped: readonly SkippedCell[];
  readonly truths: readonly Truth[];
  readonly reports: readonly string[];
  readonly network: NetworkPlan;
  readonly machine: MachineFacts;
  /** Those of the user's project; absent when there are none. */
  readonly plugIns?: readonly PlugInSource[];
}

export interface MachineFacts {
  readonly kernel: string;
  readonly arch: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly libc: string;
  readonly node: string;
  readonly transparentHugePages: string;
  /** Absent in older plans; null where `doctor --self-test` has not measured it under this kernel. */
  readonly idleNoise?: IdleNoise | null;
}

/** What this machine adds to a metric of a program that does nothing: standard deviations of one value. */
export interface IdleNoise {
  readonly measuredAt: string;
  readonly kernel: string;
  readonly deviations: Readonly<Record<string, number>>;
}
