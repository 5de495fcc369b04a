import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Fields of `/proc/PID/stat` that the harness needs; CPU time in clock ticks (10 ms on x86-64 Linux). */
export interface ProcStat {
  readonly pid: number;
  readonly ppid: number;
  readonly state: string;
  readonly session: number;
  readonly cpuTicks: number;
  readonly threadCount: number;
  /** Clock ticks since boot; with the pid it names a process for good. */
  readonly startTicks: number;
}

const PAGE_BYTES = 4096;

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // A process that has ended has no files; every caller treats that as "gone".
    return null;
  }
}

/** Null when the process is gone. The command may hold spaces and brackets, so fields count from the last ')'. */
export function readStat(pid: number): ProcStat | null {
  const text = readText(`/proc/${pid}/stat`);
  if (text === null) return null;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    pid,
    state: fields[0] ?? '?',
    ppid: Number(fields[1]),
    session: Number(fields[3]),
    cpuTicks: Number(fields[11]) + Number(fields[12]),
    threadCount: Number(fields[17]),
    startTicks: Number(fields[19]),
  };
}

/** Resident bytes, 0 when gone; 0.02 ms whatever the size of the process. */
export function residentBytes(pid: number): number {
  return Number(readText(`/proc/${pid}/statm`)?.split(' ')[1] ?? 0) * PAGE_BYTES;
}

export interface Rollup {
  /** Proportional resident bytes: what processes share is shared out among them, so that a tree can be summed. */
  readonly pssBytes: number;
  /** From the lowest address to the highest, as text. */
  readonly range: string;
}

/** Null when the process is gone. The kernel walks all page tables for it: about 1 ms for 100 MB. */
export function readRollup(pid: number): Rollup | null {
  const text = readText(`/proc/${pid}/smaps_rollup`) ?? '';
  const pss = /^Pss: +(\d+) kB$/m.exec(text)?.[1];
  return pss === undefined
    ? null
    : { pssBytes: Number(pss) * 1024, range: text.slice(0, text.indexOf(' ')) };
}

/** Milliseconds since boot, in the clock of `startTicks`. */
export const uptimeMs = (): number => Number(readText('/proc/uptime')?.split(' ')[0]) * 1000;

/** Thread ids of a process; empty when it is gone. */
export function threadIds(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    // Gone between two looks: it has no threads any more.
    return [];
  }
}

/** One listing of all processes: about 30 us a process of the machine. */
const listProcesses = (): number[] => readdirSync('/proc').map(Number).filter(Number.isInteger);

/** For kernels without `task/TID/children`. */
const childrenByListing = (pid: number): number[] =>
  listProcesses().filter((candidate) => readStat(candidate)?.ppid === pid);

const hasChildrenFile = existsSync(`/proc/self/task/${process.pid}/children`);

function childrenOf(pid: number): number[] {
  if (!hasChildrenFile) return childrenByListing(pid);
  const children: number[] = [];
  for (const task of threadIds(pid)) {
    const text = readText(`/proc/${pid}/task/${task}/children`);
    for (const child of text?.trim().split(' ') ?? [])
      if (child !== '') children.push(Number(child));
  }
  return children;
}

/** Children of a process that have ended and that it has not waited for. */
export const endedChildren = (pid: number): number[] =>
  childrenOf(pid).filter((child) => readStat(child)?.state === 'Z');

/**
 * Processes that are alive, were started under the leader of a session and are none of its tree: what started them has
 * ended, as a shell does after `command &`. Those that began a session of their own cannot be told from strangers.
 */
export function orphansOf(leader: number, tree: readonly number[]): number[] {
  if (readStat(leader)?.session !== leader) return [];
  return listProcesses().filter((pid) => {
    const stat = tree.includes(pid) ? null : readStat(pid);
    const isOwn = stat !== null && stat.session === leader && stat.state !== 'Z';
    return isOwn && !isUnder(stat, leader);
  });
}

/** The tree was read a moment before: what was started since then is no orphan. */
function isUnder({ ppid }: ProcStat, leader: number): boolean {
  for (let pid = ppid; pid > 0; pid = readStat(pid)?.ppid ?? 0) if (pid === leader) return true;
  return false;
}

/** The process and all its descendants that are alive, parents before children. */
export function processTree(root: number): number[] {
  const found: number[] = [];
  const queue = [root];
  for (let pid = queue.shift(); pid !== undefined; pid = queue.shift()) {
    const stat = readStat(pid);
    if (stat === null || stat.state === 'Z') continue;
    found.push(pid);
    queue.push(...childrenOf(pid));
  }
  return found;
}
