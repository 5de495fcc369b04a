import { type ChildProcess, execFile, type SpawnOptions, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Workshop {
  readonly folder: string;
  /** Compiles a source beside this file's `programs` folder; returns the path of the result. */
  compile(source: string, output: string, flags?: readonly string[]): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function openWorkshop(): Promise<Workshop> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-native-'));
  return {
    folder,
    compile: async (source, output, flags = []) => {
      const path = join(folder, output);
      const input = join(import.meta.dirname, '..', 'programs', source);
      await run('cc', ['-O1', '-g', '-fno-builtin', '-pthread', '-o', path, input, ...flags]);
      return path;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

export interface Target {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Next line on stdout, or on descriptor 3 where the target was started with one. */
  line(): Promise<string>;
  ask(command: string): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
  });
}

/** Starts a program and speaks with it in lines; ends it, even when it is stopped, when it goes out of scope. */
export function startTarget(
  command: string,
  args: readonly string[],
  options: SpawnOptions & { readonly reply?: 1 | 3 } = {},
): Target {
  const { reply = 1, ...rest } = options;
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'inherit', ...(reply === 3 ? (['pipe'] as const) : [])],
    ...rest,
  });
  const stream = child.stdio[reply] as NodeJS.ReadableStream;
  const lines = createInterface({ input: stream })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const next = await lines.next();
    if (next.done) throw new Error(`${command} ${args.join(' ')} ended without an answer`);
    return next.value;
  };
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} could not be started`);
  return {
    pid,
    child,
    line,
    ask: (text) => {
      child.stdin?.write(`${text}\n`);
      return line();
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended(child);
    },
  };
}

export interface Mallinfo {
  readonly arena: number;
  readonly uordblks: number;
  readonly fordblks: number;
  readonly fsmblks: number;
  readonly hblks: number;
  readonly hblkhd: number;
  /** What the program says it holds, chunk headers included; 0 when it does not keep count. */
  readonly ledger: number;
}

export function parseMallinfo(line: string): Mallinfo {
  const [arena = 0, uordblks = 0, fordblks = 0, fsmblks = 0, hblks = 0, hblkhd = 0, ledger = 0] =
    line.split(' ').map(Number);
  return { arena, uordblks, fordblks, fsmblks, hblks, hblkhd, ledger };
}
