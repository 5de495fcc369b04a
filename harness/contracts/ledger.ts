import type { ProbeReading } from './measurement.ts';
import type { CellPlan } from './plan.ts';

/** The allocator that was asked for, as found in the started process. */
export interface AllocatorProof {
  readonly allocator: string;
  /** What was found in `/proc/PID/maps` or the environment, without machine paths. */
  readonly evidence: string;
}

/** What was really started: versions, launch command and native binaries, without machine paths. */
export interface TargetFacts {
  readonly versions: Readonly<Record<string, string>>;
  readonly launchCommand: string;
  /** File names of SDK binaries found in `/proc/PID/maps`. */
  readonly nativeBinaries: readonly string[];
  /** Service id -> its version and how it was found. */
  readonly services?: Readonly<Record<string, string>>;
}

/** Names for people who compare runs; slopes are fitted on `left+gc`, those of a held call on `joined`. */
export type CheckpointName =
  | 'start'
  | 'settled'
  | 'joined'
  | 'left'
  | 'left+gc'
  | 'left+idle'
  | 'left+trim';

export interface SampleBody {
  /** 1-based; 0 is before the first cycle. */
  readonly cycle: number;
  readonly checkpoint: CheckpointName;
  /** Milliseconds since the cell started. */
  readonly atMs: number;
  /** False when the readings still moved after the settle time-out. */
  readonly settled: boolean;
  readonly settleMs: number;
  /** Duration of the round trip itself. */
  readonly cycleMs?: number;
  /** By probe; `running` is what was seen of the tree while the cycle before was under way. */
  readonly probes: Readonly<Record<string, ProbeReading>>;
}

export type FailureKind =
  | 'target-died'
  | 'target-hung'
  | 'memory-limit'
  | 'service-failed'
  | 'allocator-unproven'
  | 'too-many-retries'
  | 'start-failed'
  | 'interrupted'
  | 'internal';

/** One line of `ledger.ndjson`. `at` is ISO 8601 UTC. Paths are relative to the run; no host names. */
export type LedgerEntry = { readonly at: string; readonly cell: string } & (
  | {
      readonly type: 'cell-started';
      readonly plan: CellPlan;
      readonly proof: AllocatorProof;
      readonly facts: TargetFacts;
    }
  /** The first process of a job that could be looked at while it ran; a later one that differs fails the cell. */
  | { readonly type: 'job-proven'; readonly cycle: number; readonly proof: AllocatorProof }
  | ({ readonly type: 'sample' } & SampleBody)
  | ({ readonly type: 'checkpoint' } & SampleBody)
  | { readonly type: 'cycle-retried'; readonly cycle: number; readonly reason: string }
  | { readonly type: 'cell-ended'; readonly cycles: number }
  | {
      readonly type: 'cell-failed';
      readonly kind: FailureKind;
      /** 0 when the first cycle was not reached. */
      readonly cycle: number;
      readonly reason: string;
    }
);

/** A ledger as far as it is whole. */
export interface LedgerContents {
  readonly entries: readonly LedgerEntry[];
  /** What is missing or unreadable, one line each. */
  readonly problems: readonly string[];
}
