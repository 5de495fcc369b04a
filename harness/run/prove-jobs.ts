import type { AllocatorProof } from '../contracts/ledger.ts';
import type { Allocator, TargetProcess } from '../contracts/plugins.ts';
import { readStat } from '../lib/proc.ts';
import { CellError, withHint } from './cell-error.ts';

export interface JobProofs {
  /** To be called with the processes of each look while a cycle is under way. */
  see(processes: readonly TargetProcess[], cycle: number): void;
}

interface JobProofOptions {
  readonly roots: readonly TargetProcess[];
  readonly allocator: Pick<Allocator, 'prove'>;
  /** Called once, for the first process that could be looked at. */
  readonly onProven: (proof: AllocatorProof, cycle: number) => void;
  readonly onRefuted: (error: CellError) => void;
}

/** A process between fork and exec still shows its parent's maps, one that ends shows none: only looks that agree count. */
const LOOKS = 2;

/** Proves the allocator in the processes of jobs too: environment does not reach every child. */
export function proveJobs({ roots, allocator, onProven, onRefuted }: JobProofOptions): JobProofs {
  /** Looks at each process of the cycle by name; negative once refuted, so that the next one decides. */
  let looks = new Map<string, number>();
  let current = 0;
  let isTold = false;
  const prove = async (pid: number, name: string, cycle: number): Promise<void> => {
    try {
      const proof = await allocator.prove(pid);
      looks.set(name, Number.POSITIVE_INFINITY);
      if (!isTold) onProven(proof, cycle);
      isTold = true;
    } catch (error) {
      if (nameOf(pid) !== name) return;
      if (looks.get(name) === -1) {
        onRefuted(
          new CellError('allocator-unproven', `in a job's process: ${withHint(error)}`, error),
        );
      }
      looks.set(name, -1);
    }
  };
  return {
    see(processes, cycle) {
      if (cycle !== current) looks = new Map();
      current = cycle;
      for (const { pid, role } of processes) {
        const name = nameOf(pid);
        if (role !== 'job' || name === null || roots.some((root) => root.pid === pid)) continue;
        const before = looks.get(name) ?? 0;
        if (before === Number.POSITIVE_INFINITY) continue;
        if (before >= 0) looks.set(name, before + 1);
        if (before < 0 || before + 1 >= LOOKS) void prove(pid, name, cycle);
      }
    },
  };
}

/** A process by pid and start; null when it has ended. */
function nameOf(pid: number): string | null {
  const stat = readStat(pid);
  return stat === null || stat.state === 'Z' ? null : `${pid} ${stat.startTicks}`;
}
