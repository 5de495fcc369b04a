import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { PythonRuntime } from '../../harness/contracts/runtimes.ts';
import { startChild } from '../../harness/lib/child.ts';
import { targetEnvironment } from '../../harness/lib/child-env.ts';
import { pythonHelper } from '../../harness/targets/_python-helper.ts';
import { temporaryFolder, until } from './_real-parts.ts';

export interface StartedPython {
  readonly lines: readonly string[];
  readonly runtimes: () => PythonRuntime[];
  says(line: string): Promise<void>;
  tell(line: string): void;
}

/** Starts a real Python with the helper in it, as `program.py`. */
export async function startPython(
  program: string,
  pythonPath?: string,
  classes?: string,
): Promise<StartedPython> {
  const file = join(temporaryFolder(), 'program.py');
  writeFileSync(file, program);
  const helper = pythonHelper(pythonPath, classes);
  const lines: string[] = [];
  const child = await startChild({
    command: 'python3',
    args: ['-u', file],
    env: targetEnvironment(helper.environment),
    stdin: 'pipe',
    onLine: (line) => lines.push(line),
  });
  onTestFinished(async () => {
    await child.stop(0);
    helper.remove();
  });
  return {
    lines,
    runtimes: helper.runtimes,
    says: (line) => until(() => lines.includes(line), 20_000),
    tell: (line) => void child.process.stdin?.write(`${line}\n`),
  };
}
