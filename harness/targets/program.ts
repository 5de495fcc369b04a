/**
 * Any program that repeats a round trip on request, in any language. For each cycle one line is written to its standard
 * input, `cycle 5`; it does one round trip and answers on standard output with the line `done 5`, or `failed 5 why` when
 * the reason is outside the program (the cycle is then repeated). All other output is logged and otherwise ignored.
 * It should end when its standard input does, and must not buffer its answers (Python: `flush=True`).
 * What `node` or Python runs collects its garbage before each look.
 */
import { TidemarkError } from '../contracts/errors.ts';
import type { RunningTarget, TargetContext } from '../contracts/plugins.ts';
import type { ManagedRuntime } from '../contracts/runtimes.ts';
import { defineTarget } from '../define.ts';
import { type Child, describeExit, startChild } from '../lib/child.ts';
import { targetEnvironment } from '../lib/child-env.ts';
import { INSPECTOR_CHATTER } from '../lib/inspector-client.ts';
import { sleep } from '../lib/sleep.ts';
import { requireCommand, requireProgram } from './_command-line.ts';
import { launchCommand } from './_launch-command.ts';
import { inspectedWords, type ProgramInspector, programInspector } from './_program-inspector.ts';
import { type PythonHelper, pythonHelper } from './_python-helper.ts';

/** A program that fails at start does so within this time; interpreters that need longer fail in their first cycle. */
const EARLY_EXIT_MS = 200;

type Steps = Map<number, { resolve: () => void; reject: (error: Error) => void }>;

export default defineTarget({
  id: 'program',
  title: 'any program',
  capabilities: ['step'],
  executors: ['inline'],
  allocators: 'any',

  takesCommand: true,

  check(spec, { command }) {
    if (spec.version !== undefined || Object.keys(spec.variants).length > 0) {
      throw new TidemarkError('usage', `${spec.text}: program takes no version`, {
        hint: 'write --target program, and what to run as --command',
      });
    }
    wordsOf(command);
  },

  async ensure() {
    // The program is the user's own: there is nothing to fetch.
  },

  async start(ctx) {
    const words = wordsOf(ctx.command);
    const steps: Steps = new Map();
    const inspector = programInspector(words);
    const environment = targetEnvironment(ctx.environment);
    const python = pythonHelper(environment.PYTHONPATH);
    let child: Child | null = null;
    try {
      child = await startProgram(words, ctx, {
        environment: { ...environment, ...python.environment },
        stdout: (line) => answer(steps, line),
        stderr: inspector.onLine,
      });
      const died = child.exited.then((exit): never => {
        throw new TidemarkError('target', `the program ${describeExit(exit)}`);
      });
      died.catch(() => undefined);
      await Promise.race([died, sleep(EARLY_EXIT_MS, ctx.signal)]);
      const v8 = await Promise.race([died, inspector.connect(child.pid)]);
      return runningProgram(child, words, ctx, { steps, inspector, v8, python });
    } catch (error) {
      inspector.close();
      await child?.stop(0);
      python.remove();
      throw error;
    }
  },
});

const wordsOf = (command: string | undefined): readonly string[] =>
  inspectedWords(requireCommand('program', command, 'node my-program.js'));

interface Starting extends Readonly<Record<'stdout' | 'stderr', (line: string) => void>> {
  readonly environment: Readonly<Record<string, string>>;
}

async function startProgram(
  [command = '', ...args]: readonly string[],
  ctx: TargetContext,
  { environment: env, ...onLine }: Starting,
): Promise<Child> {
  requireProgram(command, env.PATH);
  return await startChild({
    command,
    args,
    env,
    logFile: ctx.logFile,
    stdin: 'pipe',
    ignore: INSPECTOR_CHATTER,
    onLine: (line, stream) => onLine[stream](line),
  });
}

function answer(steps: Steps, line: string): void {
  const [, word, cycle, why] = /^(done|failed) (\d+)\b\s*(.*)$/.exec(line) ?? [];
  const waiting = steps.get(Number(cycle));
  if (word === 'done') waiting?.resolve();
  else if (word === 'failed')
    waiting?.reject(new TidemarkError('target', why || 'no reason given'));
}

interface Parts {
  readonly steps: Steps;
  readonly inspector: ProgramInspector;
  readonly v8: readonly ManagedRuntime[];
  readonly python: PythonHelper;
}

function runningProgram(
  child: Child,
  words: readonly string[],
  ctx: TargetContext,
  { steps, inspector, v8, python }: Parts,
): RunningTarget {
  let dead: Error | null = null;
  void child.exited.then((exit) => {
    dead = new TidemarkError('target', `the program ${describeExit(exit)}`);
    for (const { reject } of steps.values()) reject(dead);
  });
  // A program that is gone breaks the pipe; its exit says why.
  child.process.stdin?.on('error', () => undefined);
  return {
    processes: [{ pid: child.pid, role: 'job' }],
    // Which program becomes Python, and when, only it knows.
    get runtimes() {
      return [...v8, ...python.runtimes()];
    },
    exited: child.exited,
    facts: async () => ({
      versions: {},
      launchCommand: launchCommand(words, { cacheDir: ctx.cacheDir }),
      nativeBinaries: [],
    }),
    async step(cycle) {
      if (dead !== null) throw dead;
      const done = new Promise<void>((resolve, reject) => steps.set(cycle, { resolve, reject }));
      child.process.stdin?.write(`cycle ${cycle}\n`);
      await done.finally(() => steps.delete(cycle));
    },
    async stop() {
      inspector.close();
      child.process.stdin?.end();
      await child.stop();
      python.remove();
    },
  };
}
