import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, openSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { TidemarkError } from '../contracts/errors.ts';
import { keepOutput, type Output } from './child-output.ts';
import { processTree, readStat } from './proc.ts';
import { makeHider, secretArguments, secretValues } from './secrets.ts';
import { sleep } from './sleep.ts';

export interface ChildOptions {
  /** A path, or a name that is looked up in PATH. */
  readonly command: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
  /** The whole environment; default is the harness's own. */
  readonly env?: NodeJS.ProcessEnv;
  /** Both output streams are appended here. */
  readonly logFile?: string;
  readonly stdin?: 'pipe' | 'ignore';
  /** Opens a Node IPC channel on descriptor 3. */
  readonly ipc?: boolean;
  /** Lines that are no news: left out of the tail, kept in the log. */
  readonly ignore?: RegExp;
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
}

export interface ChildExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** The last few kilobytes of both output streams. */
  readonly tail: string;
}

export interface Child {
  readonly pid: number;
  readonly process: ChildProcess;
  /** Settles once, never rejects; its output has been read by then. */
  readonly exited: Promise<ChildExit>;
  tail(): string;
  /** SIGTERM, then after `graceMs` SIGKILL for everything it started. Bounded; may be called twice. */
  stop(graceMs?: number): Promise<void>;
}

const DRAIN_MS = 200;
const KILL_MS = 5000;
const running = new Set<number>();
let exitHook = false;
let deathSignal: boolean | undefined;

/** `exited with code 7`, and the last line of its output. */
export function readExit({ code, signal, tail }: ChildExit): { how: string; lastLine: string } {
  return {
    how: signal === null ? `exited with code ${code}` : `was killed by ${signal}`,
    lastLine: tail.trim().split('\n').at(-1)?.trim() ?? '',
  };
}

/** `exited with code 7: last line of its output`. */
export function describeExit(exit: ChildExit): string {
  const { how, lastLine } = readExit(exit);
  return lastLine === '' ? how : `${how}: ${lastLine}`;
}

/** The file a command name stands for, or null when there is none that can be executed. */
export function findExecutable(command: string, path = process.env.PATH ?? ''): string | null {
  const candidates = command.includes('/')
    ? [command]
    : path.split(delimiter).map((folder) => join(folder || '.', command));
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    // Absent and not executable are the same answer here.
    return false;
  }
}

/**
 * True when `setpriv --pdeathsig` works (util-linux 2.33). It sets the parent death signal and then execs, so the pid is
 * the program's own. Without it a SIGKILLed harness leaves its children running.
 */
export function hasDeathSignal(): boolean {
  deathSignal ??=
    findExecutable('setpriv') !== null &&
    spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true'], { stdio: 'ignore' }).status === 0;
  return deathSignal;
}

/** Starts a program in a process group of its own, so that all of it can be ended. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const file = findExecutable(options.command, options.env?.PATH ?? process.env.PATH);
  if (file === null)
    throw new TidemarkError('setup', `${options.command}: no such program, or not executable`);
  const spawned = spawnInGroup(file, options);
  const output = keepOutput(spawned, {
    logFd: options.logFile === undefined ? null : openLog(options.logFile),
    ignore: options.ignore,
    onLine: options.onLine,
    hide: makeHider([
      ...secretValues(options.env ?? process.env),
      ...secretArguments(options.args ?? []),
    ]),
  });
  const exited = watch(spawned, output);
  const { pid } = spawned;
  if (pid === undefined) {
    const { tail } = await exited;
    throw new TidemarkError('setup', `${options.command} could not be started: ${tail}`);
  }
  remember(pid);
  return {
    pid,
    process: spawned,
    exited,
    tail: output.tail,
    stop: (graceMs = 3000) => stopTree(spawned, pid, exited, graceMs),
  };
}

function spawnInGroup(file: string, options: ChildOptions): ChildProcess {
  const direct = [file, ...(options.args ?? [])];
  const [command = file, ...args] = hasDeathSignal()
    ? ['setpriv', '--pdeathsig', 'KILL', ...direct]
    : direct;
  return spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    detached: true,
    stdio: [options.stdin ?? 'ignore', 'pipe', 'pipe', ...(options.ipc ? (['ipc'] as const) : [])],
  });
}

function openLog(file: string): number {
  try {
    return openSync(file, 'a');
  } catch (cause) {
    throw new TidemarkError('setup', `cannot write the log ${file}`, { cause });
  }
}

/** Resolves when the process has ended and its output is read; a grandchild that keeps the pipe open cannot delay it. */
function watch(spawned: ChildProcess, output: Output): Promise<ChildExit> {
  return new Promise((resolve) => {
    let settled = false;
    const settle = (code: number | null, signal: string | null): void => {
      if (settled) return;
      settled = true;
      output.end();
      resolve({ code, signal, tail: output.tail() });
    };
    spawned.once('error', (error) => {
      output.note(error.message);
      if (spawned.pid === undefined) settle(null, null);
    });
    spawned.once('exit', (code, signal) => {
      if (spawned.pid !== undefined) killGroup(spawned.pid);
      const timer = setTimeout(() => settle(code, signal), DRAIN_MS);
      spawned.once('close', () => {
        clearTimeout(timer);
        settle(code, signal);
      });
    });
  });
}

/** Also runs right after the leader ended, when whatever it left in its group is still there under the same number. */
function killGroup(pid: number): void {
  running.delete(pid);
  signal(-pid, 'SIGKILL');
}

function remember(pid: number): void {
  running.add(pid);
  if (exitHook) return;
  exitHook = true;
  process.once('exit', () => {
    for (const group of running) signal(-group, 'SIGKILL');
  });
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // ESRCH: it has ended already, which is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Descendants by pid and start time: some leave the group (setsid), and pids are used again. */
function snapshot(pid: number): Map<number, number> {
  const found = new Map<number, number>();
  for (const each of processTree(pid)) {
    const stat = readStat(each);
    if (stat !== null) found.set(each, stat.startTicks);
  }
  return found;
}

async function stopTree(
  spawned: ChildProcess,
  pid: number,
  exited: Promise<unknown>,
  graceMs: number,
): Promise<void> {
  const tree = snapshot(pid);
  if (spawned.exitCode === null && spawned.signalCode === null) {
    signal(pid, 'SIGTERM');
    await settledWithin(exited, graceMs);
    for (const [each, start] of snapshot(pid)) tree.set(each, start);
    if (spawned.exitCode === null && spawned.signalCode === null) killGroup(pid);
  }
  for (const [each, start] of tree) {
    if (each !== pid && readStat(each)?.startTicks === start) signal(each, 'SIGKILL');
  }
  await settledWithin(exited, KILL_MS);
}

async function settledWithin(promise: Promise<unknown>, ms: number): Promise<void> {
  const timer = new AbortController();
  const done = promise.then(() => timer.abort());
  try {
    await sleep(ms, timer.signal);
  } catch {
    // Aborted because the promise settled first.
    await done;
  }
}
