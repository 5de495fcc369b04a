import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { processTree } from '../../harness/lib/proc.ts';
import { parseTargetSpec } from '../../harness/plan/parse-target-spec.ts';
import server from '../../harness/services/livekit-server.ts';
import { startHost } from '../../harness/targets/_rtc-node-process.ts';
import rtcNode from '../../harness/targets/rtc-node.ts';
import { inPrivateNetwork, realPart, requireNamespace, setupContext } from '../lib/_real-parts.ts';

const SPEC = parseTargetSpec('rtc-node@1.1.0+ffi0.12.80');
const FIXTURES = resolve(import.meta.dirname, '../fixtures');

describe('rtc-node with a thread or a process per job', () => {
  const expected = {
    thread: {
      role: 'job',
      atRest: { processes: 1, threads: expect.any(Number) },
      // What the native library starts once stays with the process.
      afterwards: { processes: 1, threads: expect.any(Number) },
      second: expect.stringMatching(/^executor thread hosts one session at a time: /),
      inRoom: ['first'],
      stillInRoom: [],
    },
    process: {
      role: 'supervisor',
      atRest: { processes: 1, threads: expect.any(Number) },
      afterwards: { processes: 1, threads: expect.any(Number) },
      second: 'resolved',
      inRoom: ['first', 'second'],
      stillInRoom: ['second'],
      died: ["the job's process was killed by SIGKILL", 'resolved'],
    },
  };

  for (const executor of ['thread', 'process'] as const) {
    it(`joins, is put out and leaves, and nothing of a job is left (${executor})`, {
      timeout: 120_000,
    }, async (ctx) => {
      const setup = setupContext();
      await realPart(ctx, async () => {
        await requireNamespace();
        await server.ensure(setup);
        await rtcNode.ensure(SPEC, setup);
      });
      const script = resolve(import.meta.dirname, '_executors.mjs');
      const found = inPrivateNetwork(script, [setup.cacheDir, setup.runDir, executor, SPEC.text]);
      expect(found).toEqual({
        versions: { 'rtc-node': '1.1.0', ffi: '0.12.80', node: process.versions.node },
        badUrl: expect.stringMatching(/connect|refused/i),
        afterBadUrl: 1,
        gone: [],
        ...expected[executor],
      });
    });
  }

  it('says of a job that hangs at its end that it was killed, in bounded time', async () => {
    const says = await Promise.all(
      ['thread', 'process'].map(async (executor) => {
        const setup = setupContext();
        const host = await startHost(join(FIXTURES, 'hanging-sdk.mjs'), {
          ...setup,
          spec: SPEC,
          executor,
          environment: {},
          logFile: join(setup.runDir, `${executor}.log`),
        });
        onTestFinished(() => host.child.stop());
        const session = await host.join({ url: '', token: '', identity: 'one' });
        const said = await session.leave().catch((error: Error) => error.message);
        await expect.poll(() => processTree(host.child.pid).length, { timeout: 5000 }).toBe(1);
        return said;
      }),
    );
    expect(says).toEqual([
      "the job's thread did not end within 10 s of its session and was killed",
      "the job's process did not end within 10 s of its session and was killed",
    ]);
  }, 30_000);
});
