import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type ErrorCode, TidemarkError } from '../contracts/errors.ts';
import { keepOutput } from '../lib/child-output.ts';
import { makeHider, secretValues } from '../lib/secrets.ts';
import type { Observer, RunEvent } from './observer.ts';
import { commandInPrivateNetwork } from './private-network.ts';

/** What the measuring process tells on descriptor 3, one JSON a line. */
export type ChildMessage =
  | RunEvent
  | {
      readonly kind: 'error';
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint?: string;
    };

export interface ChildRun {
  readonly command: readonly string[];
  readonly network: 'private' | 'host';
  readonly cwd: string;
  readonly observe: Observer;
  readonly signal: AbortSignal;
}

/** Measures in a process of its own, in the private network where there is one; resolves when its ledger is complete. */
export async function runInChild(run: ChildRun): Promise<void> {
  const { command, network, cwd, observe, signal } = run;
  signal.throwIfAborted();
  const [file = '', ...args] = network === 'private' ? commandInPrivateNetwork(command) : command;
  // Nothing is ever written to its input: it ends with this process, whatever ends that, and the child sees it.
  const child = spawn(file, args, { cwd, stdio: ['pipe', 'ignore', 'pipe', 'pipe'] });
  const stop = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  try {
    const { code, failure, tail } = await follow(child, observe);
    signal.throwIfAborted();
    if (failure !== null) throw failure;
    if (code !== 0)
      throw new TidemarkError('internal', `the measuring process ended with ${code}: ${tail}`);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

interface ChildEnd {
  readonly code: number | string;
  readonly failure: TidemarkError | null;
  readonly tail: string;
}

function follow(child: ChildProcess, observe: Observer): Promise<ChildEnd> {
  return new Promise((resolve, reject) => {
    let failure: TidemarkError | null = null;
    let broken: { readonly error: unknown } | null = null;
    const output = keepOutput(child, {
      logFd: null,
      ignore: undefined,
      onLine: undefined,
      hide: makeHider(secretValues(process.env)),
    });
    createInterface({ input: child.stdio[3] as Readable }).on('line', (line) => {
      const message = JSON.parse(line) as ChildMessage;
      if (broken !== null) return;
      if (message.kind === 'error') {
        const { code, hint } = message;
        failure = new TidemarkError(code, message.message, hint === undefined ? {} : { hint });
        return;
      }
      try {
        observe(message);
      } catch (error) {
        // Whoever watches broke: the run ends, and its processes with it, before that is told.
        broken ??= { error };
        child.kill('SIGTERM');
      }
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (broken !== null) reject(broken.error);
      else resolve({ code: code ?? signal ?? 'no code', failure, tail: output.tail() });
    });
  });
}
