import { readFileSync } from 'node:fs';
import { processTree, readStat } from './proc.ts';

export interface RoledProcess {
  readonly pid: number;
  readonly role: string;
}

/** What a command line gives away, first match wins: Python's multiprocessing, LiveKit's agents for Node, Chromium, our own. */
const ROLES: readonly [RegExp, string][] = [
  [/multiprocessing\.resource_tracker/, 'resource tracker'],
  [/multiprocessing\.forkserver/, 'forkserver'],
  [/inference_proc_lazy_main/, 'inference'],
  [/multiprocessing\.spawn|job_proc_lazy_main|_rtc-node-host\.js/, 'job'],
  [/ --type=renderer /, 'renderer'],
  [/ --type=gpu-process /, 'gpu'],
  [/ --type=utility /, 'utility'],
  [/ --type=zygote /, 'zygote'],
];
/** Started once and kept: they belong to the runtime, not to a job. */
const HELPERS: readonly string[] = ['resource tracker', 'forkserver', 'inference'];

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    // Gone since the listing.
    return '';
  }
}

function roleOf(commandLine: string, parentRole: string | undefined): string {
  const told = ROLES.find(([pattern]) => pattern.test(commandLine))?.[1];
  // What a fork server forks keeps its command line.
  return told === 'forkserver' && parentRole === 'forkserver' ? 'job' : (told ?? 'child');
}

/** The processes of a tree with what they do: the roots' own roles, `job`, `forkserver`, `resource tracker`, or `child`. */
export function roledProcesses(roots: readonly RoledProcess[]): RoledProcess[] {
  const roles = new Map<number, string>();
  for (const root of roots) {
    for (const pid of processTree(root.pid)) {
      const parent = roles.get(readStat(pid)?.ppid ?? 0);
      roles.set(pid, pid === root.pid ? root.role : roleOf(commandLineOf(pid), parent));
    }
  }
  return [...roles].map(([pid, role]) => ({ pid, role }));
}

/** Processes that come and go with jobs. */
export const countJobProcesses = (processes: readonly RoledProcess[]): number =>
  processes.filter(({ role }) => !HELPERS.includes(role)).length;
