import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import jemalloc from '../../harness/allocators/jemalloc.ts';
import { parseTargetSpec } from '../../harness/plan/parse-target-spec.ts';
import server from '../../harness/services/livekit-server.ts';
import rtcNode from '../../harness/targets/rtc-node.ts';
import { realPart, requireNamespace, setupContext } from '../lib/_real-parts.ts';
import { ledgerOf, resultOf, tidemark } from './_tidemark.ts';

const SPEC = parseTargetSpec('rtc-node@1.1.0');
const MiB = 1024 ** 2;

it('the leak of rtc-node stays behind where jobs are threads and goes with their process, at a price', async (ctx) => {
  await realPart(ctx, async () => {
    await requireNamespace();
    const setup = setupContext();
    await server.ensure(setup);
    await rtcNode.ensure(SPEC, setup);
  });
  const executors = ['--executor', 'thread', '--executor', 'process'];
  const run = await tidemark([
    ...['run', '--target', SPEC.text, '--allocator', 'glibc', ...executors],
    ...['--cycles', '12', '--idle-tail', '1s'],
  ]);
  expect(run.orphans).toEqual([]);
  const [comparison] = resultOf(run).executors;
  const [thread, process] = comparison?.rows ?? [];
  expect(thread).toMatchObject({
    executor: 'thread',
    found: ['leak'],
    processes: { atRest: 1 },
    roles: { job: { atRest: 1 } },
  });
  const [left] = thread?.leftBehind ?? [];
  expect(left).toMatchObject({ metric: 'native.live', state: 'grows' });
  expect((left?.value ?? 0) / MiB).toBeCloseTo(0.4, 1);
  expect(process).toMatchObject({
    executor: 'process',
    processes: { atRest: 1 },
    roles: { supervisor: { atRest: 1, running: 1 }, job: { atRest: null, running: 1 } },
  });
  expect(process?.leftBehind[0]?.state).toBe('settled');
  expect(process?.costWhileRunning?.low).toBeGreaterThan(thread?.costWhileRunning?.high ?? 0);
  expect(comparison?.says).toEqual([
    expect.stringMatching(
      /^switching from thread to process would leave 0\.4\d* MiB .* less behind per job; .* more while it runs$/,
    ),
  ]);
  const report = readFileSync(join(run.runDir, 'report.md'), 'utf8');
  expect(report).toContain('## Executors');
  expect(report).toContain(comparison?.says[0]?.slice(0, 40));
  const entries = await ledgerOf(run);
  // The threads are in the root that was proven before; the processes are looked at while they run.
  expect(entries.filter(({ type }) => type === 'job-proven')).toMatchObject([
    { cell: 'join-leave/rtc-node@1.1.0/process/glibc', proof: { allocator: 'glibc' } },
  ]);
  const looks = entries.flatMap((entry) =>
    entry.type === 'sample' ? [entry.probes.running?.values['running.looks'] ?? 0] : [],
  );
  expect(looks).toHaveLength(24);
  expect(Math.max(...looks)).toBeGreaterThan(0);
}, 180_000);

it('another allocator reaches the processes of jobs', async (ctx) => {
  await realPart(ctx, async () => {
    await requireNamespace();
    const answer = await jemalloc.ensure(setupContext());
    if (answer.state === 'unavailable') throw new Error(answer.reason);
    await rtcNode.ensure(SPEC, setupContext());
  });
  const run = await tidemark([
    ...['run', '--target', SPEC.text, '--allocator', 'jemalloc', '--executor', 'process'],
    ...['--cycles', '3', '--idle-tail', '0s'],
  ]);
  expect(resultOf(run).cells[0]?.jobProof).toEqual({
    allocator: 'jemalloc',
    evidence: expect.stringContaining('libjemalloc.so.2 is mapped'),
  });
}, 120_000);
