import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import type { CellAnalysis } from '../../harness/contracts/result.ts';
import { parseTargetSpec } from '../../harness/plan/parse-target-spec.ts';
import server from '../../harness/services/livekit-server.ts';
import rtcNode from '../../harness/targets/rtc-node.ts';
import { realPart, requireNamespace, setupContext, temporaryFolder } from '../lib/_real-parts.ts';
import { ledgerOf, resultOf, tidemark } from './_tidemark.ts';

const BAD_COUNTS = 'rtc-node@0.13.20';
const GOOD_COUNTS = 'rtc-node@0.13.22';
const FIXED_SESSION = 'rtc-node@1.1.0+ffi0.12.80';

async function requireParts(ctx: TestContext, ...targets: readonly string[]): Promise<void> {
  const setup = setupContext();
  await realPart(ctx, async () => {
    await requireNamespace();
    await server.ensure(setup);
    for (const text of targets) await rtcNode.ensure(parseTargetSpec(text), setup);
  });
}

const run = (scenario: string, ...more: readonly string[]) =>
  tidemark([
    ...['run', '--scenario', scenario, '--allocator', 'glibc', '--idle-tail', '0s'],
    ...more,
  ]);

const slopeOf = (cell: CellAnalysis | undefined, id: string): number | undefined =>
  cell?.metrics.find((metric) => metric.id === id)?.trend.slopePerCycle;

describe('a thread and five descriptors per published track (node-sdks 0.13.20)', () => {
  it('are found by counts, by name, where a budget of a megabyte sees nothing', {
    timeout: 300_000,
  }, async (ctx) => {
    await requireParts(ctx, BAD_COUNTS, GOOD_COUNTS);
    const config = join(temporaryFolder(), 'megabyte.json');
    const megabyte = ['error', { max: '1MiB/cycle' }];
    writeFileSync(
      config,
      JSON.stringify({ budgets: { 'native.live': megabyte, 'managed.live': megabyte } }),
    );
    const finished = await run(
      'publish-audio',
      ...['--config', config, '--target', BAD_COUNTS, '--target', GOOD_COUNTS, '--cycles', '15'],
    );
    const [bad, good] = resultOf(finished).cells;
    expect(bad?.classification).toMatchObject({ kind: 'leak', driver: 'cycles' });
    expect(bad?.classification.leaking[0]).toBe('threads.AudioSourceCapt');
    expect(bad?.classification.why).toMatch(
      /^threads AudioSourceCapt grows by 1 per cycle \[1, 1\]/,
    );
    expect(slopeOf(bad, 'threads.AudioSourceCapt')).toBeCloseTo(1, 1);
    expect(slopeOf(bad, 'fds.total')).toBeCloseTo(5, 1);
    expect(good?.classification.kind).not.toBe('leak');
    expect(slopeOf(good, 'threads.total')).toBeCloseTo(0, 1);
    expect(slopeOf(good, 'fds.total')).toBeCloseTo(0, 1);
    for (const cell of [bad, good])
      expect(slopeOf(cell, 'native.live')).toBeLessThan(0.5 * 2 ** 20);
    expect(finished.orphans).toEqual([]);
  });
});

describe('a ladder', () => {
  it('names the step at which growth begins: a track of another that is still published', {
    timeout: 400_000,
  }, async (ctx) => {
    await requireParts(ctx, FIXED_SESSION);
    const finished = await run('call', '--ladder', '--target', FIXED_SESSION, '--cycles', '15');
    const { ladders, cells } = resultOf(finished);
    expect(cells.map(({ cell }) => cell.id.split('/')[0])).toEqual([
      'call[upTo=join]',
      'call[upTo=publish]',
      'call[upTo=subscribe]',
      'call[upTo=stream]',
    ]);
    expect(ladders).toMatchObject([{ beginsAt: 'subscribe' }]);
    const megabytes = (slopeOf(cells[2], 'native.live') ?? 0) / 1e6;
    expect(megabytes).toBeGreaterThan(0.42);
    expect(megabytes).toBeLessThan(0.55);
    expect(finished.stdout).toContain('growth begins at `subscribe`: native live +0.');
    expect(finished.orphans).toEqual([]);
  });
});

describe('a call that is held', () => {
  const slices = ['--target', FIXED_SESSION, '--cycles', '16', '--param', 'sliceMs=300'];

  it('with a stream that nobody reads grows by megabytes per minute, with time', {
    timeout: 200_000,
  }, async (ctx) => {
    await requireParts(ctx, FIXED_SESSION);
    const finished = await run('hold', ...slices, '--param', 'stream=unread');
    const [cell] = resultOf(finished).cells;
    expect(cell?.classification).toMatchObject({
      kind: 'leak',
      driver: 'time',
      leaking: expect.arrayContaining(['native']),
    });
    expect((slopeOf(cell, 'native.live') ?? 0) / 2 ** 20).toBeGreaterThan(3);
    expect(cell?.quality.unsettledSamples).toBe(0);
    const samples = (await ledgerOf(finished)).filter(({ type }) => type === 'sample');
    expect(samples).toHaveLength(16);
    expect(samples[0]).toMatchObject({ checkpoint: 'joined' });
    expect(finished.orphans).toEqual([]);
  });

  it('with the same stream read does not grow by a tenth of that', {
    timeout: 200_000,
  }, async (ctx) => {
    await requireParts(ctx, FIXED_SESSION);
    const finished = await run('hold', ...slices, '--param', 'stream=read');
    const [cell] = resultOf(finished).cells;
    expect(cell?.classification.leaking).not.toContain('native');
    expect((slopeOf(cell, 'native.live') ?? 0) / 2 ** 20).toBeLessThan(0.5);
  });
});
