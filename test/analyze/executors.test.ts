import { describe, expect, it } from 'vitest';
import { analyzeRun } from '../../harness/analyze/analyze-run.ts';
import { compareExecutors } from '../../harness/analyze/compare-executors.ts';
import { saySwitches } from '../../harness/analyze/switch-sentences.ts';
import type { ExecutorComparison } from '../../harness/contracts/result.ts';
import {
  type CellScript,
  flat,
  KiB,
  leak,
  ledgerOf,
  type Metrics,
  MiB,
  planOf,
  source,
} from './build-ledger.ts';

interface Script {
  readonly executor: string;
  readonly metrics: Metrics;
  readonly repeat?: number;
  readonly cycles?: number;
}

const { normal } = source(11);
const noisy = (level: number, slope: number) => (cycle: number) =>
  level + slope * cycle + 200 * normal();

function script({ executor, metrics, repeat = 1, cycles = 30 }: Script): CellScript {
  return {
    cell: { executor, repeat },
    cycles,
    metrics,
    idle: { checkpoint: 'left+idle', metrics },
  };
}

function compare(...scripts: readonly Script[]): readonly ExecutorComparison[] {
  const all = scripts.map(script);
  const plan = planOf({ cells: all.map(({ cell = {} }) => cell), cycles: 30 });
  return analyzeRun(plan, ledgerOf(...all)).executors;
}

const LEAK = 0.4 * MiB;
const thread = (slope: number): Script => ({
  executor: 'thread',
  metrics: {
    'native.live': noisy(20 * MiB, slope),
    'threads.total': flat(22),
    'count.processes': flat(1),
    'running.cost': (k) => 19 * MiB + (k % 3) * 100 * KiB,
    'running.threads': flat(26),
    'running.processes': flat(1),
  },
});
const process = (slope: number): Script => ({
  executor: 'process',
  metrics: {
    'native.live': noisy(4 * MiB, slope),
    'threads.total': flat(12),
    'count.processes': flat(3),
    'processes.supervisor': flat(1),
    'processes.forkserver': flat(1),
    'processes.resource-tracker': flat(1),
    'running.cost': (k) => 44 * MiB + (k % 3) * 100 * KiB,
    'running.threads': flat(35),
    'running.processes': flat(4),
    'running.processes.job': flat(1),
  },
});
const inline = (slope: number): Script => ({ ...thread(slope), executor: 'inline' });

describe('executors side by side', () => {
  it('show what a job leaves behind apart from what it costs while it runs', () => {
    const [comparison] = compare(process(0), thread(LEAK));
    expect(comparison?.rows).toEqual([
      {
        executor: 'thread',
        cells: ['join-leave/demo@1.0.0/thread/glibc'],
        found: ['leak'],
        leftBehind: [
          {
            metric: 'native.live',
            title: 'native live',
            unit: 'bytes',
            state: 'grows',
            value: expect.closeTo(LEAK, -3),
            low: expect.closeTo(LEAK, -3),
            high: expect.closeTo(LEAK, -3),
          },
        ],
        costWhileRunning: {
          value: 19 * MiB + 100 * KiB,
          low: 19 * MiB,
          high: 19 * MiB + 200 * KiB,
        },
        afterIdle: { seconds: 6, change: expect.any(Number) },
        threads: { atRest: 22, running: 26 },
        processes: { atRest: 1, running: 1 },
        roles: {},
      },
      expect.objectContaining({
        executor: 'process',
        found: ['steady'],
        processes: { atRest: 3, running: 4 },
        roles: {
          supervisor: { atRest: 1, running: null },
          forkserver: { atRest: 1, running: null },
          'resource-tracker': { atRest: 1, running: null },
          job: { atRest: null, running: 1 },
        },
      }),
    ]);
  });

  it('say that a process per job hides a leak, with how surely it is one of the job', () => {
    expect(compare(thread(LEAK), process(0))[0]?.says).toEqual([
      expect.stringMatching(
        /^switching from thread to process would leave 0\.4\d* MiB \[.*\] of native live less behind per job; a leak of the job itself would be hidden by that, not ended: its process takes along what the job did not give back; a job costs 25(\.\d+)? MiB \[.*\] more while it runs$/,
      ),
    ]);
    const [toThread, , threadToProcess] =
      compare(inline(LEAK), thread(LEAK), process(0))[0]?.says ?? [];
    expect(toThread).toMatch(
      /^switching from inline to thread would not end the growth; native live grows under both, by 0\.4\d* MiB \[.*\] and 0\.4\d* MiB \[.*\] per job; what a job costs while it runs differs by less than /,
    );
    expect(threadToProcess).toContain('it hides the leak, it does not end it');
  });

  it('say that switching buys nothing where neither leaks', () => {
    expect(compare(thread(0), process(0))[0]?.says).toEqual([
      expect.stringMatching(
        /^switching from thread to process would buy nothing: neither leaves behind more than the budget allows; a job costs 25(\.\d+)? MiB \[.*\] more while it runs$/,
      ),
    ]);
  });

  it('say so where the process is the one that grows', () => {
    expect(compare(thread(0), process(LEAK))[0]?.says[0]).toMatch(
      /^switching from thread to process would leave 0\.4\d* MiB \[.*\] of native live more behind per job; a job costs/,
    );
  });

  it('name the counts that grow beside the bytes', () => {
    const counting = thread(LEAK);
    const metrics = {
      ...counting.metrics,
      'threads.total': leak(22, 1),
      'threads.python': leak(1, 1),
      'fds.total': leak(40, 8),
      'fds.socket': leak(4, 8),
    };
    const still = process(0);
    const [comparison] = compare(
      { ...counting, metrics },
      { ...still, metrics: { ...still.metrics, 'fds.total': flat(20) } },
    );
    expect(comparison?.rows[0]?.leftBehind.map(({ metric }) => metric)).toEqual([
      'native.live',
      'threads.total',
      'fds.total',
    ]);
    expect(comparison?.says[0]).toMatch(
      /of native live, 1 \[1, 1\] threads and 8 \[8, 8\] descriptors less behind per job/,
    );
  });

  it('do not pretend to know what too few cycles cannot tell', () => {
    const few = [thread(0), process(0)].map((one) => ({ ...one, cycles: 4 }));
    const [comparison] = compare(...few);
    expect(comparison?.says[0]).toMatch(
      /^this run cannot tell what switching from thread to process would do to native live; a job costs/,
    );
    expect(comparison?.says[0]).not.toContain('nothing');
  });

  it('of which the cycles were not seen say nothing of their cost', () => {
    const blind = ({ executor, metrics }: Script): Script => ({
      executor,
      metrics: { 'native.live': metrics['native.live'] ?? flat(0) },
    });
    const [comparison] = compare(blind(thread(LEAK)), blind(process(0)));
    expect(comparison?.rows.map(({ costWhileRunning }) => costWhileRunning)).toEqual([null, null]);
    expect(comparison?.says[0]).not.toContain('costs');
  });

  it('take the repeats of a cell together: the interval is the one between them', () => {
    const repeated = [thread(0.4 * MiB), thread(0.5 * MiB)].map((one, i) => ({
      ...one,
      repeat: i + 1,
    }));
    const [comparison] = compare(...repeated, process(0));
    const [row] = comparison?.rows ?? [];
    expect(row?.cells).toHaveLength(2);
    const [left] = row?.leftBehind ?? [];
    expect(left?.value).toBeCloseTo(0.45 * MiB, -3);
    expect((left?.high ?? 0) - (left?.low ?? 0)).toBeGreaterThan(MiB);
  });

  it('of a held call are told per minute, and nothing is said to be hidden by a process that has not ended', () => {
    const rows = compare(thread(LEAK), process(0))[0]?.rows ?? [];
    const held = rows.map((row) => ({ ...row, costWhileRunning: null }));
    expect(saySwitches(held, 'time')).toEqual([
      expect.stringMatching(
        /^switching from thread to process would add 0\.4\d* MiB \[.*\] of native live less per minute of the call$/,
      ),
    ]);
    const both = held.map((row) => ({ ...row, leftBehind: held[0]?.leftBehind ?? [] }));
    expect(saySwitches(both, 'time')).toEqual([
      expect.stringMatching(
        /^switching from thread to process would not end the growth; native live grows under both, by .* and .* per minute of the call$/,
      ),
    ]);
  });

  it('are compared step by step on a ladder', () => {
    const all = [thread(LEAK), process(0)].map(script);
    const plan = planOf({ cells: all.map(({ cell = {} }) => cell), cycles: 30 });
    const { cells } = analyzeRun(plan, ledgerOf(...all));
    const steps = ['join', 'publish'].flatMap((value) =>
      cells.map((one) => ({ ...one, cell: { ...one.cell, step: { parameter: 'upTo', value } } })),
    );
    expect(compareExecutors(steps).map(({ scenario, rows }) => [scenario, rows.length])).toEqual([
      ['join-leave[upTo=join]', 2],
      ['join-leave[upTo=publish]', 2],
    ]);
  });

  it('of one executor are not compared', () => {
    expect(compare(thread(LEAK))).toEqual([]);
  });
});
