import type { AllocatorProof, TargetFacts } from './ledger.ts';
import type { ProbeReading } from './measurement.ts';
import type { Pace, TargetSpec } from './plan.ts';
import type { RunResult } from './result.ts';
import type { ManagedRuntime } from './runtimes.ts';
import type { JobRequest, PeersApi, RoomsApi, TargetJob, TargetSession } from './sessions.ts';

/** Every plug-in is the default export of one file whose name is its id. */
export interface PlugIn {
  readonly id: string;
  readonly title: string;
}

export type Available =
  | { readonly state: 'available'; readonly detail: string }
  | { readonly state: 'unavailable'; readonly reason: string; readonly hint?: string };

/** Setting up happens before a run enters its private network: fetch here, never later. */
export interface SetupContext {
  /** Writable folder that survives runs. */
  readonly cacheDir: string;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

// ---------------------------------------------------------------- services

export interface RunningService {
  readonly id: string;
  /** Version and how it was found, for the plan; never a key. */
  readonly facts: Readonly<Record<string, string>>;
  readonly rooms?: RoomsApi;
  /** Environment for targets (`LIVEKIT_URL`, keys). Never written to any file. */
  readonly environment: Readonly<Record<string, string>>;
  /** Resolves with one line when the service ends although nobody stopped it. */
  readonly failed: Promise<string>;
  stop(): Promise<void>;
}

export interface ServiceContext extends SetupContext {
  /** Folder of the run: logs go here. */
  readonly runDir: string;
}

export interface Service extends PlugIn {
  /** Finds or installs; throws TidemarkError('setup') with a hint. */
  ensure(ctx: SetupContext): Promise<void>;
  start(ctx: ServiceContext): Promise<RunningService>;
}

// ---------------------------------------------------------------- targets

export interface TargetProcess {
  readonly pid: number;
  /** `job`, `supervisor`, `idle job process`, ... */
  readonly role: string;
}

export interface TargetExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** Last lines of its output, for the failure's reason. */
  readonly tail: string;
}

export interface RunningTarget {
  /** Root processes; the sampler adds their descendants. */
  readonly processes: readonly TargetProcess[];
  readonly runtimes: readonly ManagedRuntime[];
  readonly exited: Promise<TargetExit>;
  facts(): Promise<TargetFacts>;
  /** Capability `join`. */
  join?(request: { url: string; token: string; identity: string }): Promise<TargetSession>;
  /** Capability `step`: the program runs one round trip of its own. */
  step?(cycle: number): Promise<void>;
  /** Capability `job`: resolves when the target's worker has taken a job for the room, rejects when nobody took it. */
  startJob?(request: JobRequest): Promise<TargetJob>;
  /** What it is doing, for the message of a cycle that hangs; null when there is nothing to say. */
  busyWith?(): string | null;
  stop(): Promise<void>;
}

export interface TargetContext extends SetupContext {
  readonly spec: TargetSpec;
  readonly executor: string;
  /** Environment of the allocator and the services, to be given to the process that is measured. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
  readonly command?: string;
  readonly parameters?: Readonly<Record<string, string | number | boolean>>;
}

export type Capability = 'join' | 'media' | 'step' | 'job';

export interface Target extends PlugIn {
  readonly capabilities: readonly Capability[];
  readonly executors: readonly string[];
  readonly allocators: 'any' | readonly string[];
  /** About how long a round trip and its reading take, for the estimate at the start of a run (default 0.6). */
  readonly secondsPerCycle?: number;
  /** Runs what `--command` says: with targets that all do not, the flag is refused. */
  readonly takesCommand?: true;
  /** Checks the spec alone (version form, known variants); throws TidemarkError('usage'). Pure. */
  check(spec: TargetSpec, options: { readonly command?: string }): void;
  /** Installs what the spec needs into the cache; throws TidemarkError. */
  ensure(spec: TargetSpec, ctx: SetupContext): Promise<void>;
  start(ctx: TargetContext): Promise<RunningTarget>;
}

export interface Executor extends PlugIn {
  readonly description: string;
}

// ---------------------------------------------------------------- allocators

export interface Allocator extends PlugIn {
  /** True when live bytes can be read from outside under this allocator. */
  readonly readsLiveBytes: boolean;
  /** Finds it, or fetches it into the cache without root. */
  ensure(ctx: SetupContext): Promise<Available>;
  /** Environment that puts it under a process; called after `ensure` said available. */
  environment(ctx: { readonly cacheDir: string }): Promise<Readonly<Record<string, string>>>;
  /** Reads the started process; throws TidemarkError('allocator') when it is not the allocator asked for. */
  prove(pid: number): Promise<AllocatorProof>;
}

// ---------------------------------------------------------------- probes

export interface ProbeContext {
  /** All processes of the target at this moment, roots first. */
  readonly processes: readonly TargetProcess[];
  readonly runtimes: readonly ManagedRuntime[];
  readonly allocator: string;
  readonly stop: 'never' | 'if-inconsistent' | 'always';
  /** Makes a value once per sample: two probes that need the same costly look share it. */
  memo<T>(key: string, make: () => Promise<T>): Promise<T>;
}

export interface Probe extends PlugIn {
  readonly cost: 'cheap' | 'costly';
  /** Metric ids this probe can give; a family ends in `.*`. */
  readonly metrics: readonly string[];
  supports(ctx: ProbeContext): boolean;
  sample(ctx: ProbeContext): Promise<ProbeReading>;
}

// ---------------------------------------------------------------- scenarios

export interface ScenarioContext {
  readonly cycle: number;
  readonly signal: AbortSignal;
  readonly target: RunningTarget;
  /** Throws when the scenario did not ask for the service `livekit-server`. */
  readonly rooms: RoomsApi;
  /** Started when it is first asked for; needs the service `livekit-server` too. */
  readonly peers: PeersApi;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
}

export interface Scenario extends PlugIn {
  readonly description: string;
  readonly services: readonly string[];
  readonly needs: readonly Capability[];
  /** Sets of further capabilities, of which a target has all of one. */
  readonly needsOneOf?: readonly (readonly Capability[])[];
  /** Default parameter values; unknown parameters are a usage error. */
  readonly parameters?: Readonly<Record<string, string | number | boolean>>;
  /**
   * `time`: one call is held from `setup` to `teardown`, and a cycle is a slice of it. It is sampled while it goes on,
   * without waiting for rest, and judged per minute. Default `cycles`.
   */
  readonly pace?: Pace;
  /** With `--ladder` each of these values of one parameter is a cell, from the least to the most. */
  readonly ladder?: { readonly parameter: string; readonly steps: readonly string[] };
  /** How long a cycle waits on purpose, for the estimate at the start of a run. Pure. */
  waitsSeconds?(parameters: ScenarioContext['parameters']): number;
  setup?(ctx: ScenarioContext): Promise<void>;
  cycle(ctx: ScenarioContext): Promise<void>;
  teardown?(ctx: ScenarioContext): Promise<void>;
}

// ---------------------------------------------------------------- reports

export interface ReportOptions {
  readonly color: boolean;
  readonly width: number;
  /** The run's folder as the reader would type it where he is: for commands to copy. Absent in files, which get moved. */
  readonly folder?: string;
  /** Id of the cell that a report of one cell is about; without it the report chooses. */
  readonly cell?: string;
}

export interface Report extends PlugIn {
  /** File name in the run directory, or null for the terminal. */
  readonly fileName: string | null;
  render(result: RunResult, options: ReportOptions): string;
}
