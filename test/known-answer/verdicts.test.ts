import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, describe, expect } from 'vitest';
import type { CellAnalysis, ClassificationKind } from '../../harness/contracts/result.ts';
import { resultOf, tidemark } from '../e2e/_tidemark.ts';
import { findTool, testWith } from '../native/support/requirements.ts';
import { buildKnownAnswer, chunkBytes, type KnownAnswerMode, mappedBytes } from './build.ts';

const test = testWith(findTool('cc'), 'a C compiler (cc)');
const seed = Number(process.env.TIDEMARK_SEED ?? Math.floor(Math.random() * 1e9));

interface Known {
  readonly mode: KnownAnswerMode;
  readonly cycles: number;
  readonly numbers?: readonly number[];
}

/** The whole harness on one program, as a user would run it on theirs. */
async function classify({ mode, cycles, numbers = [] }: Known): Promise<CellAnalysis> {
  const command = [await buildKnownAnswer(), mode, seed, ...numbers].join(' ');
  const target = ['--scenario', 'program-cycle', '--target', 'program', '--command', command];
  const run = await tidemark([
    'run',
    ...target,
    '--allocator',
    'glibc',
    '--cycles',
    String(cycles),
    '--idle-tail',
    '0s',
  ]);
  const cell = resultOf(run).cells[0];
  if (cell === undefined || cell.failure !== null) throw new Error(`${mode}: ${run.stderr}`);
  return cell;
}

const slopeOf = (cell: CellAnalysis, metric: string): number =>
  cell.metrics.find(({ id }) => id === metric)?.trend.slopePerCycle ?? Number.NaN;

/** Rates drawn from the seed, each well over the budget of 16 KiB per cycle. */
const leakCount = 5 + (seed % 8);
const leakBytes = 5000 + 16 * (seed % 200);

// They wait most of the time, and what is read of one process is not moved by another: at once.
describe.concurrent(`the verdict on programs whose truth is known (seed ${seed})`, () => {
  afterAll(async () => rm(dirname(await buildKnownAnswer()), { recursive: true, force: true }));

  test('a leak is a leak, its slope within 1 % of the truth, its size class named', async () => {
    const cell = await classify({ mode: 'leak', cycles: 25, numbers: [leakCount, leakBytes] });
    const truth = leakCount * chunkBytes(leakBytes);
    expect(cell.classification).toMatchObject({ kind: 'leak', driver: 'cycles' });
    expect(Math.abs(slopeOf(cell, 'native.live') - truth) / truth).toBeLessThan(0.01);
    expect(cell.sizeClasses[0]).toMatchObject({
      sizeBytes: chunkBytes(leakBytes),
      wholeMultiple: leakCount,
    });
  });

  test('blocks with mappings of their own that are never given back are a leak', async () => {
    const cell = await classify({ mode: 'mmap', cycles: 25, numbers: [1, 200_000] });
    const truth = mappedBytes(200_000);
    expect(cell.classification.kind).toBe('leak');
    expect(Math.abs(slopeOf(cell, 'native.live') - truth) / truth).toBeLessThan(0.01);
  });

  test.each([
    ['above a wide gap, as Go does it', 0],
    ['right above a guard', 1],
  ])('a heap that nobody reads is no stack, though a thread stands on it %s', async (_, layout) => {
    const cell = await classify({ mode: 'own-heap', cycles: 25, numbers: [200_000, layout] });
    expect(cell.classification.kind).toBe('undecided');
    expect(cell.classification.why).toContain('memory that no probe explains grows by');
    expect(slopeOf(cell, 'memory.unexplained')).toBeCloseTo(49 * 4096, -4);
  });

  test('pinned slack that grows while live bytes are flat is fragmentation', async () => {
    const cell = await classify({ mode: 'fragmentation', cycles: 40 });
    expect(cell.classification.kind).toBe('fragmentation');
    expect(slopeOf(cell, 'native.pinned')).toBeGreaterThan(100_000);
  });

  test('free pages that are kept are retention', async () => {
    const cell = await classify({ mode: 'retention', cycles: 40 });
    expect(cell.classification.kind).toBe('retention');
    expect(slopeOf(cell, 'native.trimmable')).toBeGreaterThan(100_000);
  });

  const calm: readonly ClassificationKind[] = ['steady', 'warm-up'];
  test('blocks that are all given back are steady', async () => {
    expect(calm).toContain((await classify({ mode: 'steady', cycles: 40 })).classification.kind);
  });

  test('a cache that fills and stops is a warm-up', async () => {
    const cell = await classify({ mode: 'saturating', cycles: 120, numbers: [60, 500] });
    expect(calm).toContain(cell.classification.kind);
  });

  test('arenas that appear while threads come are no leak', async () => {
    const cell = await classify({ mode: 'arenas', cycles: 60 });
    expect([...calm, 'retention', 'fragmentation']).toContain(cell.classification.kind);
  });
});
