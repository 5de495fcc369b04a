import { join, resolve } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { cacheDir } from '../../harness/lib/cache-dir.ts';
import { pythonOf } from '../../harness/lib/pip-install.ts';
import { parseTargetSpec } from '../../harness/plan/parse-target-spec.ts';
import { folderOf } from '../../harness/targets/_livekit-agents-install.ts';
import livekitAgents from '../../harness/targets/livekit-agents.ts';
import { realPart, setupContext } from '../lib/_real-parts.ts';
import { type Finished, ledgerOf, tidemark } from './_tidemark.ts';

const SPEC = parseTargetSpec('livekit-agents@1.0.17');
const AGENT = join(resolve(import.meta.dirname, '../fixtures'), 'agent.py');

interface Attempt {
  /** Words before the agent's own: what its command line changes. */
  readonly before?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cycleTimeout?: string;
}

let installed: Promise<void> | undefined;

/** A user's own agent under LiveKit's Python framework, given a command line or settings that break it. */
async function runAgent(ctx: TestContext, { before = '', env, cycleTimeout = '60s' }: Attempt) {
  await realPart(ctx, () => {
    installed ??= livekitAgents.ensure(SPEC, setupContext());
    return installed;
  });
  const command = `${before} ${pythonOf(folderOf(SPEC, cacheDir()))} ${AGENT} start`.trim();
  const args = ['--scenario', 'agent-job', '--target', 'agent-worker', '--command', command];
  const limits = ['--cycles', '15', '--idle-tail', '0s', '--cycle-timeout', cycleTimeout];
  return await tidemark(['run', ...args, '--allocator', 'glibc', ...limits], { env: env ?? {} });
}

async function expectBroken(run: Finished, failure: object): Promise<void> {
  expect(run.code).toBe(4);
  expect((await ledgerOf(run)).at(-1)).toMatchObject({ type: 'cell-failed', ...failure });
  expect(run.orphans).toEqual([]);
  expect(run.seconds).toBeLessThan(60);
}

const ADVICE =
  '(it must take LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET from its environment)';

// They wait for time-outs most of the time, and no memory is judged: at once.
describe.concurrent('an agent', () => {
  it("that is sent to another server's address is told why it could not register", async (ctx) => {
    const run = await runAgent(ctx, { before: 'env LIVEKIT_URL=ws://127.0.0.1:9' });
    await expectBroken(run, {
      kind: 'start-failed',
      reason: `the agent cannot register with LiveKit's server: ClientConnectorError: Cannot connect to host 127.0.0.1:9 ssl:default [Connect call failed ('127.0.0.1', 9)] ${ADVICE}`,
    });
    expect(run.stdout).toContain('cannot register');
  }, 180_000);

  it('that the server refuses is told so', async (ctx) => {
    const before = 'env LIVEKIT_API_SECRET=not-the-secret-of-this-server-0123456789';
    const run = await runAgent(ctx, { before });
    await expectBroken(run, {
      kind: 'start-failed',
      reason: expect.stringMatching(
        /^the agent cannot register with LiveKit's server: WSServerHandshakeError: 401, message='Invalid response status', url='ws:\/\/127\.0\.0\.1:\d+\/agent' \(it must/,
      ),
    });
  }, 180_000);

  it('for which there is no server ends before it is started', async (ctx) => {
    const run = await runAgent(ctx, {
      env: { LIVEKIT_URL: 'ws://127.0.0.1:9', LIVEKIT_API_KEY: 'k', LIVEKIT_API_SECRET: 's' },
    });
    await expectBroken(run, {
      kind: 'service-failed',
      reason: expect.stringMatching(
        /^livekit-server did not start: the server at LIVEKIT_URL does not answer: /,
      ),
    });
  }, 180_000);

  it('that dies in a job is told by its exit, not as a job that was not taken', async (ctx) => {
    const run = await runAgent(ctx, { env: { AGENT_MODE: 'die' } });
    await expectBroken(run, {
      kind: 'target-died',
      cycle: 1,
      reason: expect.stringContaining('exited with code 9'),
    });
  }, 180_000);

  it('whose job hangs in a process of its own and ignores SIGTERM leaves no process', async (ctx) => {
    const run = await runAgent(ctx, {
      env: { AGENT_MODE: 'stubborn', AGENT_EXECUTOR: 'PROCESS' },
      cycleTimeout: '12s',
    });
    await expectBroken(run, {
      kind: 'target-hung',
      cycle: 1,
      reason:
        'the cycle did not end within 12 s: the job has not ended (--cycle-timeout changes it)',
    });
  }, 180_000);
});
