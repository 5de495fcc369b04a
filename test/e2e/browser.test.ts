import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { readMetric } from '../../harness/analyze/collect-series.ts';
import { cacheDir } from '../../harness/lib/cache-dir.ts';
import { processTree } from '../../harness/lib/proc.ts';
import { threadNames } from '../../harness/lib/proc-maps.ts';
import { parseTargetSpec } from '../../harness/plan/parse-target-spec.ts';
import server from '../../harness/services/livekit-server.ts';
import livekitClient from '../../harness/targets/livekit-client.ts';
import { isAlive, realPart, setupContext, until } from '../lib/_real-parts.ts';
import {
  type Finished,
  ledgerOf,
  resultOf,
  type Started,
  startTidemark,
  tidemark,
} from './_tidemark.ts';

const run = (version: string, executors: readonly string[], ...more: string[]): string[] => [
  'run',
  '--target',
  `livekit-client@${version}`,
  ...executors.flatMap((executor) => ['--executor', executor]),
  '--idle-tail',
  '0s',
  ...more,
];

beforeEach(async (ctx) => {
  const setup = setupContext();
  await realPart(ctx, async () => {
    await server.ensure(setup);
    for (const version of ['2.22.0', '2.22.4', '2.23.0']) {
      await livekitClient.ensure(parseTargetSpec(`livekit-client@${version}`), setup);
    }
  });
}, 600_000);

/** The renderer in which WebRTC has begun to run: a participant is in the middle of joining. */
async function joiningRenderer({ child }: Started): Promise<number> {
  let found = 0;
  await until(() => {
    found = processTree(child.pid ?? 0).find(isJoining) ?? 0;
    return found !== 0;
  }, 60_000);
  return found;
}

function isJoining(pid: number): boolean {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return command.includes('--type=renderer') && threadNames(pid).includes('WebRTC_Signalin');
  } catch {
    // It ended between the listing and the look.
    return false;
  }
}

let measured: Promise<Finished> | undefined;
/** The one measured run that several tests look at. */
const leaking = (): Promise<Finished> => {
  measured ??= tidemark(run('2.22.0', ['inline', 'reload'], '--cycles', '15'));
  return measured;
};

/** The line of the installed SDK that a path names. */
function sourceLine(version: string, path: string): string | undefined {
  const [, file = '', line = ''] = /@([\w.-]+):(\d+):\d+/.exec(path) ?? [];
  const folder = join(cacheDir(), 'livekit-client', version, 'node_modules/livekit-client/dist');
  return readFileSync(join(folder, file), 'utf8').split('\n')[Number(line) - 1]?.trim();
}

describe('a browser as target', () => {
  it('shows a leak of objects by exact counts, and none when the page is loaded again', async () => {
    const finished = await leaking();
    expect(finished.code).toBe(1);
    const [inline, reload] = resultOf(finished).cells;
    expect(inline?.classification.kind).toBe('leak');
    expect(reload?.classification.kind).not.toBe('leak');
    const entries = await ledgerOf(finished);
    const series = (executor: string, metric: string): (number | undefined)[] =>
      entries.flatMap((entry) => {
        if (entry.type !== 'sample' || !entry.cell.includes(`/${executor}/`)) return [];
        return [readMetric(entry, metric) ?? undefined];
      });
    const cycles = Array.from({ length: 15 }, (_, index) => index + 1);
    expect(series('inline', 'count.listeners')).toEqual(cycles.map((cycle) => 5 * cycle));
    expect(series('inline', 'count.audio-nodes')).toEqual(cycles);
    for (const metric of ['count.listeners', 'count.audio-nodes', 'count.peer-connections']) {
      expect(series('reload', metric)).toEqual(cycles.map(() => 0));
    }
    expect(inline?.metrics.map(({ id }) => id)).toEqual(
      expect.arrayContaining([
        'native.live',
        'managed.live',
        'managed.oilpan',
        'live.renderer',
        'pss.browser',
        'pss.renderer',
        'pss.gpu',
        'pss.utility',
        'pss.zygote',
      ]),
    );
    expect(finished.orphans).toEqual([]);
  }, 240_000);

  it('names what keeps each Room, by a path that ends in the line of the SDK', async () => {
    const leaky = await leaking();
    const others = await tidemark([
      ...run('2.22.4', ['inline'], '--target', 'livekit-client@2.23.0'),
      ...['--cycles', '1'],
    ]);
    const explain = (of: Finished, version: string): Promise<Finished> =>
      tidemark(['explain', of.runDir, '--cell', `${version}/inline`, '--cycles', '16']);
    await Promise.all([explain(leaky, '2.22.0'), explain(others, '2.22.4')]);
    await explain(others, '2.23.0');
    const explanations = [leaky, others].flatMap((each) => resultOf(each).explanations ?? []);
    const told = explanations.map(({ cell, suspect, findings, failure }) => {
      const { version = '' } = cell.target;
      const [first] = findings;
      const holds = first?.details.find(({ label }) => label === 'holds')?.text ?? '';
      return {
        version,
        failure,
        isFirst: first?.says === suspect,
        count: first?.countPerCycle,
        path: first?.trace[0]?.replace(/:\d+:\d+/, ''),
        line: sourceLine(version, first?.trace[0] ?? ''),
        audioContext: /[\w.]+ => AudioContext/.exec(holds)?.[0],
      };
    });
    const room = {
      failure: null,
      isFirst: true,
      count: 1,
      path: 'MediaDevices -> EventListener -> onDeviceChange()@livekit-client.esm.mjs -> scope.this => Room',
      line: 'onDeviceChange = () => {',
    };
    const audioContext = 'LocalParticipant.audioContext => AudioContext';
    expect(told).toEqual([
      { version: '2.22.0', ...room, audioContext },
      { version: '2.22.4', ...room, audioContext },
      { version: '2.23.0', ...room, audioContext: undefined },
    ]);
    const issue = await tidemark(['report', leaky.runDir, '--issue']);
    expect(issue.code).toBe(0);
    expect(readFileSync(join(leaky.runDir, 'issue.md'), 'utf8')).toMatch(
      /## What keeps it\n\n\*\*Suspect\*\*: 1 Room per cycle.*\n\n```+\nMediaDevices -> EventListener -> onDeviceChange\(\)@livekit-client\.esm\.mjs:\d+:\d+ -> scope\.this => Room\n/,
    );
  }, 300_000);

  it('records a page that crashes in mid-cycle, and goes on with the next cell', async () => {
    const started = startTidemark(run('2.23.0', ['inline', 'reload'], '--cycles', '2'));
    process.kill(await joiningRenderer(started), 'SIGSEGV');
    const finished = await started.finished;
    expect(finished.code).toBe(4);
    const entries = await ledgerOf(finished);
    expect(entries.filter(({ type }) => type === 'cell-failed')).toMatchObject([
      {
        kind: 'target-died',
        cycle: 1,
        cell: 'join-leave/livekit-client@2.23.0/inline/partition-alloc',
        reason: expect.stringMatching(/^the target was killed by .*the page is gone: its process/),
      },
    ]);
    expect(entries.at(-1)).toMatchObject({ type: 'cell-ended', cycles: 2 });
    expect(finished.orphans).toEqual([]);
  }, 120_000);

  it('ends a page that hangs at the limit of a cycle, and says what it was asked', async () => {
    const started = startTidemark(
      run('2.23.0', ['inline'], '--cycles', '2', '--cycle-timeout', '2s'),
    );
    process.kill(await joiningRenderer(started), 'SIGSTOP');
    const finished = await started.finished;
    expect(finished.code).toBe(4);
    expect((await ledgerOf(finished)).at(-1)).toMatchObject({
      kind: 'target-hung',
      cycle: 1,
      reason:
        'the cycle did not end within 2 s: the page did not join as tidemark-1 (--cycle-timeout changes it)',
    });
    expect(finished.orphans).toEqual([]);
  }, 120_000);

  it('leaves no process of the browser behind when the harness is killed', async () => {
    const started = startTidemark(run('2.23.0', ['inline'], '--cycles', '50'));
    await joiningRenderer(started);
    const all = processTree(started.child.pid ?? 0);
    const harness = all.filter((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('bin/tidemark.js'),
    );
    for (const pid of harness) process.kill(pid, 'SIGKILL');
    await started.finished;
    await until(() => !all.some(isAlive), 10_000);
    expect(all.length).toBeGreaterThan(harness.length + 5);
  }, 120_000);

  it('says in one line that there is no browser', async () => {
    const finished = await tidemark(run('2.23.0', ['inline']), {
      env: { CHROME_PATH: '/nowhere/chrome' },
    });
    expect(finished.code).toBe(4);
    expect(finished.stderr).toContain('CHROME_PATH names no program that can be run');
    expect(finished.stderr).toContain('unset CHROME_PATH');
  });

  it('says why it cannot run under another allocator', async () => {
    const finished = await tidemark(run('2.23.0', ['inline'], '--allocator', 'jemalloc'));
    expect(finished.code).toBe(2);
    expect(finished.stderr).toContain(
      'target livekit-client cannot run under jemalloc (it can under partition-alloc)',
    );
  });
});
