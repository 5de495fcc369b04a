import { copyFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import type { LedgerEntry } from '../../harness/contracts/ledger.ts';
import { cacheDir } from '../../harness/lib/cache-dir.ts';
import { npmInstall } from '../../harness/lib/npm-install.ts';
import { pythonOf } from '../../harness/lib/pip-install.ts';
import { parseTargetSpec } from '../../harness/plan/parse-target-spec.ts';
import { folderOf } from '../../harness/targets/_livekit-agents-install.ts';
import livekitAgents from '../../harness/targets/livekit-agents.ts';
import { realPart, setupContext } from '../lib/_real-parts.ts';
import { ledgerOf, resultOf, tidemark } from './_tidemark.ts';

const FIXTURES = resolve(import.meta.dirname, '../fixtures');
const SPEC = parseTargetSpec('livekit-agents@1.0.17');
const worker = (command: string, ...more: string[]): string[] => [
  ...['run', '--scenario', 'agent-job', '--target', 'agent-worker', '--allocator', 'glibc'],
  ...['--command', command, '--idle-tail', '0s', ...more],
];
const misbehaving = (mode: string, ...more: string[]): string[] =>
  worker(`${process.execPath} ${join(FIXTURES, 'agent.mjs')} ${mode}`, ...more);

let installed: Promise<void> | undefined;

/** An agent of a user's own, under LiveKit's Python framework. */
async function ownAgent(ctx: TestContext): Promise<string> {
  await realPart(ctx, () => {
    installed ??= livekitAgents.ensure(SPEC, setupContext());
    return installed;
  });
  return `${pythonOf(folderOf(SPEC, cacheDir()))} ${join(FIXTURES, 'agent.py')} start`;
}

const lastOf = (entries: readonly LedgerEntry[]): LedgerEntry | undefined => entries.at(-1);

// They wait for time-outs most of the time, and no memory is judged: at once.
describe.concurrent('an agent that does not do its job', () => {
  it('at start is told by its last words', async () => {
    const run = await tidemark(misbehaving('crash', '--cycles', '15'));
    expect(run.code).toBe(4);
    expect(lastOf(await ledgerOf(run))).toMatchObject({
      type: 'cell-failed',
      kind: 'start-failed',
      reason: 'the agent exited with code 3: no model was found',
    });
    expect(run.seconds).toBeLessThan(20);
    expect(run.orphans).toEqual([]);
  });

  it('by never taking a job, and ignores SIGTERM, ends in bounded time', async () => {
    const run = await tidemark(misbehaving('stubborn', '--cycles', '15', '--cycle-timeout', '5s'));
    expect(run.code).toBe(4);
    expect(lastOf(await ledgerOf(run))).toMatchObject({
      kind: 'target-hung',
      cycle: 1,
      reason: 'the cycle did not end within 5 s: no job was taken (--cycle-timeout changes it)',
    });
    expect(run.seconds).toBeLessThan(40);
    expect(run.orphans).toEqual([]);
  });

  it('by blocking in a job is told from one that never takes a job', async (ctx) => {
    const run = await tidemark(
      worker(await ownAgent(ctx), '--cycles', '15', '--cycle-timeout', '8s'),
      { env: { AGENT_MODE: 'hang' } },
    );
    expect(run.code).toBe(4);
    expect(lastOf(await ledgerOf(run))).toMatchObject({
      kind: 'target-hung',
      reason:
        'the cycle did not end within 8 s: the job has not ended (--cycle-timeout changes it)',
    });
    expect(run.orphans).toEqual([]);
  }, 180_000);

  it('is given another job where one was accepted by the server and never taken, and it is counted', async (ctx) => {
    const run = await tidemark(worker(await ownAgent(ctx), '--cycles', '3'), {
      env: { AGENT_MODE: 'reject-first' },
    });
    const entries = await ledgerOf(run);
    expect(entries.filter(({ type }) => type === 'cycle-retried')).toMatchObject([
      { cycle: 1, reason: 'no worker took the job within 20 s' },
    ]);
    expect(resultOf(run).cells[0]).toMatchObject({
      cyclesDone: 3,
      failure: null,
      quality: { retriedCycles: 1 },
    });
    expect(run.orphans).toEqual([]);
  }, 180_000);
});

describe('an agent of a user', () => {
  it("written with LiveKit's agents for Node runs 15 jobs and gets a verdict", async (ctx) => {
    const folder = join(cacheDir(), 'test', 'agents-js-1.9.0');
    await realPart(ctx, () =>
      npmInstall({
        folder,
        dependencies: { '@livekit/agents': '1.9.0' },
        signal: new AbortController().signal,
      }),
    );
    const agent = join(folder, 'agent.mjs');
    copyFileSync(join(FIXTURES, 'agents-js.mjs'), agent);
    const run = await tidemark(worker(`node ${agent} start`, '--cycles', '15'));
    const [cell] = resultOf(run).cells;
    expect(cell).toMatchObject({ cyclesDone: 15, failure: null });
    expect([
      'leak',
      'steady',
      'warm-up',
      'mixed',
      'undecided',
      'fragmentation',
      'retention',
    ]).toContain(cell?.classification.kind);
    const counts = (await ledgerOf(run)).flatMap((entry) =>
      entry.type === 'sample' ? [entry.probes.processes?.values['count.processes']] : [],
    );
    // The supervisor, its inference process and one idle job process: a job's own is gone when it is sampled.
    expect(new Set(counts)).toEqual(new Set([3]));
    expect(run.orphans).toEqual([]);
  }, 300_000);
});

describe('livekit-agents 1.0.17', () => {
  it('keeps a thread and eight descriptors of every job that ran in a thread, none of one in a process', async (ctx) => {
    await realPart(ctx, () => livekitAgents.ensure(SPEC, setupContext()));
    const run = await tidemark([
      ...['run', '--scenario', 'agent-job', '--target', SPEC.text, '--allocator', 'glibc'],
      ...['--executor', 'thread', '--executor', 'process', '--cycles', '15', '--idle-tail', '0s'],
      ...['--param', 'classes=Room'],
    ]);
    const [thread, process] = resultOf(run).cells;
    expect(thread?.classification.kind).toBe('leak');
    const slope = (id: string): number | undefined =>
      thread?.metrics.find((metric) => metric.id === id)?.trend.slopePerCycle;
    expect(slope('threads.total')).toBeCloseTo(1, 1);
    expect(slope('fds.total')).toBeCloseTo(8, 1);
    expect(slope('count.python.Room')).toBeCloseTo(1, 1);
    expect((slope('native.live') ?? 0) / 1e6).toBeGreaterThan(0.3);
    expect(process?.classification.kind).not.toBe('leak');
    expect(run.code).toBe(1);
    expect(run.orphans).toEqual([]);
  }, 300_000);
});
