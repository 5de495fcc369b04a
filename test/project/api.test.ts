import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { analyze } from '../../harness/analyze-stored.ts';
import type { Config } from '../../harness/contracts/config.ts';
import type { RunPlan } from '../../harness/contracts/plan.ts';
import { readLedger } from '../../harness/ledger/read.ts';
import { processTree } from '../../harness/lib/proc.ts';
import { bestAllocator, type RunProgress, run } from '../../harness/run-config.ts';
import { PROGRAM } from '../e2e/_tidemark.ts';
import { isAlive, temporaryFolder } from '../lib/_real-parts.ts';

const config: Config = {
  scenarios: ['program-cycle'],
  targets: ['program'],
  allocators: ['glibc'],
  cycles: 4,
  idleTail: 0,
  command: `${PROGRAM} fine`,
  out: 'runs',
};

const children = (): number[] => processTree(process.pid).filter((pid) => pid !== process.pid);

it('runs a config, tells what happens, and gives what its ledger gives again', async () => {
  const cwd = temporaryFolder();
  const seen: RunProgress[] = [];
  const result = await run(
    { ...config, reports: ['json'] },
    { cwd, onProgress: (progress) => void seen.push(progress) },
  );
  const runDir = join(cwd, 'runs', result.runId);
  expect(seen[0]).toMatchObject({ kind: 'planned', runDir });
  const cycles = seen.flatMap((one) =>
    one.kind === 'sampled' && one.sample.checkpoint === 'left+gc' ? [one.sample.cycle] : [],
  );
  expect(cycles).toEqual([1, 2, 3, 4]);
  expect(seen.at(-1)).toMatchObject({ kind: 'cell-ended' });
  expect(result.cells.map(({ cyclesDone }) => cyclesDone)).toEqual([4]);
  expect(readdirSync(runDir)).toContain('result.json');
  expect(await analyze(runDir)).toEqual(result);
  expect(await analyze(join(runDir, 'ledger.ndjson'))).toEqual(result);
  const plan = JSON.parse(readFileSync(join(runDir, 'plan.json'), 'utf8')) as RunPlan;
  const { entries } = await readLedger(join(runDir, 'ledger.ndjson'));
  expect(await analyze({ plan, entries })).toEqual(result);
});

it('stops when its signal says so, keeps what was measured, and leaves no process', async () => {
  const cwd = temporaryFolder();
  const before = children();
  const controller = new AbortController();
  let runDir = '';
  let started: number[] = [];
  const running = run(
    { ...config, cycles: 1000 },
    {
      cwd,
      signal: controller.signal,
      onProgress: (progress) => {
        if (progress.kind === 'planned') runDir = progress.runDir;
        if (progress.kind !== 'sampled' || progress.sample.cycle !== 2) return;
        started = children().filter((pid) => !before.includes(pid));
        controller.abort(new Error('no longer wanted'));
      },
    },
  );
  await expect(running).rejects.toThrow('no longer wanted');
  expect(started.length).toBeGreaterThan(1);
  expect(started.filter(isAlive)).toEqual([]);
  const [cell] = (await analyze(runDir)).cells;
  expect(cell?.cyclesDone).toBeGreaterThanOrEqual(2);
  expect(cell?.failure?.kind).toBe('interrupted');
});

it('ends the run when whoever watches throws', async () => {
  const before = children();
  const running = run(config, {
    cwd: temporaryFolder(),
    onProgress: (progress) => {
      if (progress.kind === 'cell-starting') throw new Error('the watcher broke');
    },
  });
  await expect(running).rejects.toThrow('the watcher broke');
  expect(children().filter((pid) => !before.includes(pid))).toEqual([]);
});

it('refuses a config that makes no sense before anything is started', async () => {
  const cwd = temporaryFolder();
  await expect(run({ ...config, cycles: 0 }, { cwd })).rejects.toThrow('config: cycles:');
  await expect(run({ ...config, scenarios: ['program-cycl'] }, { cwd })).rejects.toThrow(
    "unknown scenario 'program-cycl'",
  );
  await expect(run(config, { cwd, signal: AbortSignal.abort() })).rejects.toThrow('abort');
  expect(existsSync(join(cwd, 'runs'))).toBe(false);
});

it('knows under which malloc a target is read best', async () => {
  const cwd = temporaryFolder();
  expect(await bestAllocator(['rtc-node@1.1.0', 'program'], cwd)).toBe('glibc');
  expect(await bestAllocator(['livekit-client@2.22.0'], cwd)).toBe('partition-alloc');
  expect(await bestAllocator(['livekit-client', 'rtc-node'], cwd)).toBeUndefined();
});
