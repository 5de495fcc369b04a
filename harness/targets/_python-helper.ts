import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { PythonAllocation, PythonCounts, PythonRuntime } from '../contracts/runtimes.ts';
import { packageFile } from '../lib/package-file.ts';
import { within } from '../lib/within.ts';

const ANSWER_MS = 10_000;
/** Every block that was noted is looked at. */
const TRACE_MS = 120_000;

type Word = 'collect' | 'read' | 'trace-start' | 'trace-read';

export interface PythonHelper {
  /** Puts the helper into the first Python process that is started with it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Python processes that answer by now. */
  runtimes(): PythonRuntime[];
  remove(): void;
}

/** `pythonPath`: the one the program would have had. `classes`: whose instances are counted, `Room,JobContext`. */
export function pythonHelper(pythonPath: string | undefined, classes = ''): PythonHelper {
  // A socket's path may be 107 characters long, so it cannot be in the run's folder.
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-'));
  const module = dirname(packageFile('harness/probes/_python-helper/sitecustomize.py'));
  return {
    environment: {
      TIDEMARK_PYTHON_FOLDER: folder,
      ...(classes === '' ? {} : { TIDEMARK_PYTHON_CLASSES: classes }),
      PYTHONPATH: [module, ...(pythonPath ? [pythonPath] : [])].join(delimiter),
    },
    runtimes: () =>
      readdirSync(folder)
        .map((name) => Number.parseInt(name, 10))
        .filter((pid) => existsSync(`/proc/${pid}`))
        .map((pid) => pythonRuntime(pid, join(folder, `${pid}.sock`))),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function pythonRuntime(pid: number, socket: string): PythonRuntime {
  return {
    kind: 'python',
    pid,
    async collectGarbage() {
      // Where it does not answer, the probe that asks next says so: a sample without a collection is still one.
      await ask(socket, 'collect').catch(() => undefined);
    },
    counts: async () => (await ask(socket, 'read')) as PythonCounts,
    traceAllocations: async (what) =>
      (await ask(socket, `trace-${what}`, TRACE_MS)) as PythonAllocation[],
  };
}

/** One connection per question: a program that is busy in C answers when it lets go of the interpreter's lock. */
async function ask(path: string, word: Word, answerMs = ANSWER_MS): Promise<unknown> {
  const socket = createConnection(path);
  try {
    const answer = new Promise<string>((resolve, reject) => {
      let text = '';
      socket.setEncoding('utf8');
      socket.on('data', (more) => {
        text += more;
      });
      socket.once('end', () => resolve(text));
      socket.once('error', reject);
    });
    socket.write(`${word}\n`);
    const late = (): Error => new Error(`Python did not answer within ${answerMs / 1000} s`);
    return JSON.parse(await within(answer, answerMs, late));
  } finally {
    socket.destroy();
  }
}
