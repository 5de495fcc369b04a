import { describe, expect, it } from 'vitest';
import type { Config } from '../../harness/contracts/config.ts';
import type { RunPlan } from '../../harness/contracts/plan.ts';
import { checkConfig } from '../../harness/plan/load-config.ts';
import { makePlan } from '../../harness/plan/make-plan.ts';
import { parseTargetSpec } from '../../harness/plan/parse-target-spec.ts';
import { dealShard } from '../../harness/plan/shard.ts';
import { loadRegistry } from '../../harness/registry.ts';
import { checkTruths } from '../../harness/verdict/check-truths.ts';

const plugIns = await loadRegistry();
const plan = (config: Config): RunPlan =>
  makePlan({
    config,
    plugIns,
    runId: 'r',
    createdAt: '2026-01-01T00:00:00.000Z',
    version: '0',
    machine: {
      kernel: 'k',
      arch: 'x64',
      cpus: 2,
      memoryBytes: 8 * 1024 ** 3,
      libc: 'glibc 2.36',
      node: 'v20',
      transparentHugePages: 'madvise',
    },
    network: { kind: 'private', reason: 'test' },
  });

/** The line a person would read: message and hint. */
function complaint(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    const { message, hint, exitCode } = error as {
      message: string;
      hint?: string;
      exitCode: number;
    };
    return `${exitCode}: ${message} (${hint})`;
  }
  return 'no error';
}

describe('a declared truth', () => {
  const truth = (cell: string) => ({ cell, expect: ['steady' as const] });

  it('that fits no cell is an error before anything is measured, with what there is', () => {
    expect(complaint(() => plan({ truths: [truth('glibc'), truth('jemaloc')] }))).toBe(
      "2: the truth about 'jemaloc' fits no cell of the plan (did you mean 'jemalloc'? it is a part of a cell's id; there are: join-leave/rtc-node/inline/glibc, join-leave/rtc-node/inline/jemalloc)",
    );
  });

  it('about a cell that is skipped, or measured by another shard, is none', () => {
    const config = { targets: ['rtc-node', 'program'], command: 'x', allocators: ['glibc'] };
    expect(plan({ ...config, truths: [truth('program/')] }).skipped).toHaveLength(1);
    const whole = plan({ truths: [truth('/jemalloc')] });
    const dealt = dealShard(whole, { index: 1, of: 2 });
    expect(checkTruths(dealt, [])).toEqual({ checks: [], warnings: [] });
    expect(checkTruths(whole, []).checks).toHaveLength(1);
  });
});

describe('a target spec', () => {
  it('splits into name, version and variants', () => {
    expect(parseTargetSpec('rtc-node@1.1.0+ffi0.12.80')).toEqual({
      id: 'rtc-node',
      version: '1.1.0',
      variants: { ffi: '0.12.80' },
      text: 'rtc-node@1.1.0+ffi0.12.80',
    });
    expect(parseTargetSpec('program')).toEqual({ id: 'program', variants: {}, text: 'program' });
  });

  it.each(['', 'RTC', 'rtc-node@', 'rtc-node@1.1.0+', 'rtc-node 1.1.0', '../x'])(
    'refuses %j',
    (text) => {
      expect(complaint(() => parseTargetSpec(text))).toContain('2: target');
    },
  );
});

describe('a plan', () => {
  it('is the product of its axes, glibc and jemalloc by default', () => {
    expect(plan({ repeats: 2 }).cells.map((cell) => cell.id)).toEqual([
      'join-leave/rtc-node/inline/glibc',
      'join-leave/rtc-node/inline/jemalloc',
      'join-leave/rtc-node/inline/glibc#2',
      'join-leave/rtc-node/inline/jemalloc#2',
    ]);
  });

  it('gives a target that brings its own allocator that one, and says why it has no other', () => {
    const targets = ['rtc-node', 'livekit-client'];
    expect(plan({ targets }).cells.map((cell) => cell.id)).toEqual([
      'join-leave/rtc-node/inline/glibc',
      'join-leave/rtc-node/inline/jemalloc',
      'join-leave/livekit-client/inline/partition-alloc',
    ]);
    const asked = plan({ targets, allocators: ['jemalloc'] });
    expect(asked.skipped.map(({ cell, reason }) => [cell.id, reason])).toEqual([
      [
        'join-leave/livekit-client/inline/jemalloc',
        'target livekit-client cannot run under jemalloc (it can under partition-alloc)',
      ],
    ]);
  });

  it('limits a target to half of the memory unless told otherwise', () => {
    expect(plan({}).settings.memoryLimitBytes).toBe(4 * 1024 ** 3);
    expect(plan({ memoryLimit: '512MiB' }).settings.memoryLimitBytes).toBe(512 * 1024 ** 2);
  });

  it('puts own budgets over the defaults', () => {
    const { budgets } = plan({
      budgets: { 'native.live': ['warn', { max: '64KiB/cycle', reason: 'known' }] },
    });
    expect(budgets.filter(({ metric }) => metric === 'native.live')).toEqual([
      { metric: 'native.live', level: 'warn', maxPerCycle: 65536, reason: 'known' },
    ]);
  });

  it.each<[Config, string]>([
    [{ scenarios: ['join-leav'] }, "2: unknown scenario 'join-leav' (did you mean 'join-leave'?"],
    [{ targets: ['rtc-nod@1.1.0'] }, "2: unknown target 'rtc-nod' (did you mean 'rtc-node'?"],
    [{ allocators: ['jemaloc'] }, "2: unknown allocator 'jemaloc' (did you mean 'jemalloc'?"],
    [{ executors: ['in-line'] }, "2: unknown executor 'in-line' (did you mean 'inline'?"],
    [{ reports: ['markdwn'] }, "2: unknown report 'markdwn' (did you mean 'markdown'?"],
    [
      { parameters: { endng: 'leave' } },
      "2: no scenario of this plan has a parameter 'endng' (did you mean 'ending'?)",
    ],
    [{ scenarios: ['program-cycle'] }, '2: nothing to run: target rtc-node cannot'],
    [{ memoryLimit: '0' }, "2: memoryLimit '0' is not a size"],
  ])('of %j is refused with the nearest name', (config, message) => {
    expect(complaint(() => plan(config))).toContain(message);
  });
});

describe('a config', () => {
  it.each<[unknown, string]>([
    [{ cyles: 5 }, "2: c: unknown key 'cyles' (did you mean 'cycles'?)"],
    [{ cycles: 0 }, '2: c: cycles:'],
    [{ cycles: 'ten' }, '2: c: cycles:'],
    [
      { budgets: { 'native.live': ['eror', { max: '1KiB/cycle' }] } },
      '2: c: budgets.native.live.0:',
    ],
    [{ idleTail: '5 parsecs' }, '2: c: idleTail:'],
    [null, '2: c: config:'],
  ])('%j is refused by its key', (value, message) => {
    expect(complaint(() => checkConfig(value, 'c'))).toContain(message);
  });
});

describe('a ladder', () => {
  const config: Config = { scenarios: ['call'], allocators: ['glibc'], ladder: true };

  it('is a cell per step, from the least to the most, that says what its parameter is', () => {
    const { cells } = plan(config);
    expect(cells.map(({ id, step }) => [id, step?.value])).toEqual([
      ['call[upTo=join]/rtc-node/inline/glibc', 'join'],
      ['call[upTo=publish]/rtc-node/inline/glibc', 'publish'],
      ['call[upTo=subscribe]/rtc-node/inline/glibc', 'subscribe'],
      ['call[upTo=stream]/rtc-node/inline/glibc', 'stream'],
    ]);
    expect(new Set(cells.map(({ step }) => step?.parameter))).toEqual(new Set(['upTo']));
  });

  it.each([
    [
      { ...config, scenarios: ['join-leave'] },
      '2: scenario join-leave has no ladder (leave --ladder away, or take one that has: agent-job, call)',
    ],
    [
      { ...config, parameters: { upTo: 'join' } },
      "2: --ladder sets the parameter 'upTo' itself (leave --param upTo away)",
    ],
  ])('is refused where it makes no sense: %j', (wrong, message) => {
    expect(complaint(() => plan(wrong))).toBe(message);
  });
});

describe('a scenario that holds one call', () => {
  it('is paced by time, for targets that can join or take jobs', () => {
    const targets = ['rtc-node', 'livekit-agents', 'program'];
    const config = { scenarios: ['hold'], targets, allocators: ['glibc'], command: 'true' };
    const { cells, skipped } = plan(config);
    expect(cells.map(({ target, pace }) => [target.id, pace])).toEqual([
      ['rtc-node', 'time'],
      ['livekit-agents', 'time'],
    ]);
    expect(skipped.map(({ reason }) => reason)).toEqual([
      "target program cannot 'join' and 'media' or 'job', which scenario hold needs",
    ]);
  });

  it('has budgets per minute beside those per cycle', () => {
    const own = checkConfig({ budgets: { 'native.live': ['error', { max: '2MiB/minute' }] } }, 'x');
    expect(plan(own).budgets.filter(({ metric }) => metric === 'native.live')).toMatchObject([
      { level: 'error', maxPerCycle: 16 * 1024 },
      { level: 'error', maxPerCycle: 2 * 1024 ** 2, per: 'minute' },
    ]);
  });
});
