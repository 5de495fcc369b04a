import type { ExplainFinding } from './explain.ts';
import type { AllocatorProof, TargetFacts } from './ledger.ts';
import type { ProbeReading } from './measurement.ts';
import type { Pace, TargetSpec } from './plan.ts';
import type { PythonAllocation, PythonCounts } from './python.ts';
import type { RunResult } from './result.ts';
import type { JobRequest, PeersApi, TargetJob, TargetSession } from './sessions.ts';

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

export interface RoomsApi {
  readonly url: string;
  /**
   * A fresh, empty room; it ends by itself so many seconds after the last participant left (default 1). The server does
   * not count agents: a room with nobody else in it is empty.
   */
  create(emptySeconds?: number): Promise<string>;
  token(room: string, identity: string): Promise<string>;
  /** Identities the server sees in the room now; null when the room is gone. */
  participants(room: string): Promise<readonly string[] | null>;
  /** Resolves when the server sees the identity; rejects at the time-out. */
  waitForParticipant(room: string, identity: string): Promise<void>;
  /** Puts one participant out of the room; a participant that is gone is not an error. */
  kick(room: string, identity: string): Promise<void>;
  remove(room: string): Promise<void>;
  waitUntilGone(room: string): Promise<void>;
  /** Asks for an agent by name; the server answers before any worker has taken the job. */
  dispatch(room: string, agentName: string, metadata: string): Promise<void>;
  /** Identities of agents that the server sees in the room now; null when the room is gone. */
  agents(room: string): Promise<readonly string[] | null>;
}

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

interface Collectable {
  readonly pid: number;
  collectGarbage(): Promise<void>;
}

/** The DevTools protocol of a V8: of a Node process or of a page. */
export interface Protocol {
  send(method: string, params?: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** Calls the listener with the parameters of each such event, until the returned function is called. */
  on(event: string, listener: (params: unknown) => void): () => void;
}

export interface V8Runtime extends Collectable {
  readonly kind: 'v8';
  /** For costly looks; a measured run enables no domain through it, since an enabled one retains objects. */
  readonly protocol: Protocol;
  /** The V8 of a browser's page: its protocol also has the domains of pages. */
  readonly isPage?: true;
  heapUsage(): Promise<{ readonly usedBytes: number; readonly totalBytes: number }>;
}

/** A browser as a whole; its pages are V8 runtimes of their own. */
export interface BrowserRuntime extends Collectable {
  readonly kind: 'browser';
  readonly protocol: Protocol;
}

export interface PythonRuntime extends Collectable {
  readonly kind: 'python';
  counts(): Promise<PythonCounts>;
  /** For costly looks: `start` begins to note allocations (none is returned), `read` gives the lines that hold most. */
  traceAllocations?(what: 'start' | 'read'): Promise<readonly PythonAllocation[]>;
}

/** A managed runtime inside the target that can be asked from outside. */
export type ManagedRuntime = V8Runtime | PythonRuntime | BrowserRuntime;

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

// ---------------------------------------------------------------- explainers

/** A moment at rest, after garbage collection, at the end of a block of round trips. */
export interface ExplainLook {
  /** Round trips done by now. */
  readonly cycle: number;
  /** `start`: before the first block; what a costly look does to the program for good happens here. */
  readonly kind: 'start' | 'block' | 'confirm';
  readonly processes: readonly TargetProcess[];
  readonly runtimes: readonly ManagedRuntime[];
}

export interface ExplainContext {
  readonly cellDir: string;
  readonly allocator: string;
  readonly scenario: string;
  /** Bytes that the target may use before it is killed. */
  readonly memoryLimitBytes: number;
  readonly keepSnapshots: boolean;
  readonly redact: boolean;
  /** Ask memlab too. */
  readonly secondOpinion: boolean;
  readonly runtimes: readonly ManagedRuntime[];
  readonly processes: readonly TargetProcess[];
  readonly say: (line: string) => void;
}

export interface ExplainAnswer {
  readonly findings: readonly ExplainFinding[];
  /** What could not be looked at, one line each. */
  readonly problems: readonly string[];
  /** Names of files that stay in `cellDir`. */
  readonly files?: readonly string[];
}

/** One explainer at work in one run. */
export interface Explaining {
  /** Throws when this look failed; the others go on. */
  look(at: ExplainLook): Promise<void>;
  /** Called when the target has ended. */
  conclude(): Promise<ExplainAnswer>;
}

export interface Explainer extends PlugIn {
  /** What it costs the program, in words and measured figures. */
  readonly cost: string;
  /** Cheap ones look first: what a costly one does is not theirs to find. */
  readonly perturbs: boolean;
  supports(ctx: ExplainContext): boolean;
  /** Called before the first round trip. */
  start(ctx: ExplainContext): Promise<Explaining>;
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
  setup?(ctx: ScenarioContext): Promise<void>;
  cycle(ctx: ScenarioContext): Promise<void>;
  teardown?(ctx: ScenarioContext): Promise<void>;
}

// ---------------------------------------------------------------- reports

export interface ReportOptions {
  readonly color: boolean;
  readonly width: number;
}

export interface Report extends PlugIn {
  /** File name in the run directory, or null for the terminal. */
  readonly fileName: string | null;
  render(result: RunResult, options: ReportOptions): string;
}
