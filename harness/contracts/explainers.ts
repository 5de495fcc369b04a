import type { ExplainFinding } from './explain.ts';
import type { PlugIn, TargetProcess } from './plugins.ts';
import type { ManagedRuntime } from './runtimes.ts';

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
