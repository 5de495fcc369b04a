import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { LedgerEntry } from '../../harness/contracts/ledger.ts';
import type { RunResult } from '../../harness/contracts/result.ts';
import { readLedger } from '../../harness/ledger/read.ts';
import { processTree } from '../../harness/lib/proc.ts';
import { isAlive } from '../lib/_real-parts.ts';

const ROOT = resolve(import.meta.dirname, '../..');
export const PROGRAM = `${process.execPath} ${join(ROOT, 'test/fixtures/program.mjs')}`;

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The folder of the one run, empty when none was made. */
  readonly runDir: string;
  readonly seconds: number;
  /** Processes of the run that were alive while it ran and still are. */
  readonly orphans: readonly number[];
}

export interface Started {
  readonly child: ChildProcess;
  readonly out: string;
  /** Resolves when stderr or stdout has shown the text. */
  shows(text: string): Promise<void>;
  readonly finished: Promise<Finished>;
}

/** Starts the built command line as a user would, in a new output folder. */
export function startTidemark(
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Started {
  const out = mkdtempSync(join(tmpdir(), 'tidemark-e2e-'));
  const began = performance.now();
  const isPlaced = args.includes('--out') || args.includes('--resume');
  const withOut = args[0] === 'run' && !isPlaced ? [...args, '--out', out] : args;
  const child = spawn(process.execPath, [join(ROOT, 'bin/tidemark.js'), ...withOut], {
    cwd: options.cwd ?? out,
    env: { ...process.env, NO_COLOR: '1', ...options.env },
  });
  const seen = new Set<number>();
  const watch = setInterval(() => {
    for (const pid of processTree(child.pid ?? 0)) seen.add(pid);
  }, 50);
  const text = { out: '', err: '' };
  const waiting: { text: string; resolve: () => void }[] = [];
  const grew = (): void => {
    for (const waiter of waiting) if ((text.out + text.err).includes(waiter.text)) waiter.resolve();
  };
  child.stdout?.on('data', (chunk) => {
    text.out += chunk;
    grew();
  });
  child.stderr?.on('data', (chunk) => {
    text.err += chunk;
    grew();
  });
  const finished = new Promise<Finished>((done) => {
    child.once('close', (code) => {
      clearInterval(watch);
      const run = readdirSync(out)[0];
      done({
        code,
        stdout: text.out,
        stderr: text.err,
        runDir: run === undefined ? '' : join(out, run),
        seconds: (performance.now() - began) / 1000,
        orphans: [...seen].filter(isAlive),
      });
    });
  });
  const shows = (wanted: string): Promise<void> =>
    new Promise((ready, fail) => {
      waiting.push({ text: wanted, resolve: ready });
      grew();
      finished.then((end) =>
        fail(new Error(`ended without '${wanted}':\n${end.stderr}${end.stdout}`)),
      );
    });
  return { child, out, shows, finished };
}

export const tidemark = (
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Promise<Finished> => startTidemark(args, options).finished;

export const resultOf = (run: Finished): RunResult =>
  JSON.parse(readFileSync(join(run.runDir, 'result.json'), 'utf8')) as RunResult;

export async function ledgerOf(run: Finished): Promise<readonly LedgerEntry[]> {
  return (await readLedger(join(run.runDir, 'ledger.ndjson'))).entries;
}
