import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Explaining, ExplainLook } from '../../harness/contracts/plugins.ts';
import { lookSchedule } from '../../harness/explain/schedule.ts';
import { connectInspector, inspectorAddress } from '../../harness/lib/inspector-client.ts';
import { nodeRuntime } from '../../harness/targets/_node-runtime.ts';

const FIXTURE = resolve(import.meta.dirname, '../fixtures/planted.mjs');

/** Runs a planted program as an explain run does, and hands its looks to the explainer. */
export async function explainPlanted(
  mode: string,
  start: (runtimes: ExplainLook['runtimes']) => Promise<Explaining>,
): Promise<Explaining> {
  const child = spawn(process.execPath, ['--inspect=127.0.0.1:0', FIXTURE, mode]);
  const waiting = new Map<number, () => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    waiting.get(Number(/^done (\d+)/.exec(line)?.[1]))?.();
  });
  const address = new Promise<string>((found) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      const at = inspectorAddress(line);
      if (at !== null) found(at);
    });
  });
  const inspector = await connectInspector(await address);
  const pid = child.pid ?? 0;
  try {
    const runtimes = [nodeRuntime(pid, inspector)];
    const work = await start(runtimes);
    const looks = lookSchedule();
    for (let cycle = 1; cycle <= (looks.at(-1)?.cycle ?? 0); cycle += 1) {
      await new Promise<void>((done) => {
        waiting.set(cycle, done);
        child.stdin.write(`cycle ${cycle}\n`);
      });
      for (const { kind } of looks.filter((look) => look.cycle === cycle)) {
        await runtimes[0]?.collectGarbage();
        await work.look({ cycle, kind, runtimes, processes: [{ pid, role: 'job' }] });
      }
    }
    return work;
  } finally {
    inspector.close();
    child.kill('SIGKILL');
  }
}

export const contextFor = (cellDir: string, runtimes: ExplainLook['runtimes']) => ({
  cellDir,
  allocator: 'glibc',
  scenario: 'program-cycle',
  memoryLimitBytes: 8 * 1024 ** 3,
  keepSnapshots: false,
  redact: false,
  secondOpinion: false,
  runtimes,
  processes: [],
  say: () => undefined,
});

export const snapshotsOf = (cellDir: string): string => join(cellDir, 'snapshots');
