import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { HeapWalk } from '../../harness/contracts/native.ts';
import { findTool, testWith } from '../native/support/requirements.ts';
import { startTarget } from '../native/support/targets.ts';
import { exactWalk } from '../native/support/walks.ts';
import { buildKnownAnswer, chunkBytes, type KnownAnswerMode, mappedBytes } from './build.ts';

const test = testWith(findTool('cc'), 'a C compiler (cc)');
const seed = Number(process.env.TIDEMARK_SEED ?? Math.floor(Math.random() * 1e9));

interface Run {
  readonly mode: KnownAnswerMode;
  readonly cycles: number;
  readonly numbers?: readonly number[];
}

/** One exact walk after every cycle. */
async function walkCycles({ mode, cycles, numbers = [] }: Run): Promise<HeapWalk[]> {
  const program = await buildKnownAnswer();
  await using target = startTarget(program, [mode, String(seed), ...numbers.map(String)]);
  const walks: HeapWalk[] = [];
  for (let cycle = 1; cycle <= cycles; cycle++) {
    expect(await target.ask(`cycle ${cycle}`)).toBe(`done ${cycle}`);
    await delay(2);
    walks.push(await exactWalk(target.pid, { census: true }));
  }
  return walks;
}

/** Per cycle, over the cycles from `from` on (counted from 1). */
function growth(
  walks: readonly HeapWalk[],
  from: number,
  pick: (walk: HeapWalk) => number,
): number {
  const first = walks[from - 1];
  const last = walks.at(-1);
  if (first === undefined || last === undefined) throw new Error('too few cycles');
  return (pick(last) - pick(first)) / (walks.length - from);
}

const live = (walk: HeapWalk): number => walk.liveBytes;
const pinned = (walk: HeapWalk): number => walk.pinnedBytes;
const trimmable = (walk: HeapWalk): number => walk.trimmableBytes;

describe(`programs whose truth is known (seed ${seed})`, () => {
  let folder: string;
  beforeAll(async () => {
    folder = dirname(await buildKnownAnswer());
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('steady: live bytes are the same after every cycle', async () => {
    const walks = await walkCycles({ mode: 'steady', cycles: 40 });
    expect([...new Set(walks.slice(1).map(live))]).toHaveLength(1);
  });

  test('leak: live bytes grow by what was leaked, and the census names its size', async () => {
    const count = 1 + (seed % 30);
    const bytes = 2000 + (seed % 5000);
    const walks = await walkCycles({ mode: 'leak', cycles: 40, numbers: [count, bytes] });
    const truth = count * chunkBytes(bytes);
    expect(Math.abs(growth(walks, 2, live) - truth) / truth).toBeLessThan(0.001);
    const leaked = walks.at(-1)?.census.find(({ sizeBytes }) => sizeBytes === chunkBytes(bytes));
    expect(leaked?.count ?? 0).toBeGreaterThan(count * 40 * 0.9);
    expect(leaked?.count ?? 0).toBeLessThanOrEqual(count * 40);
  });

  test('saturating: grows to cycle 40, then no more', async () => {
    const walks = await walkCycles({ mode: 'saturating', cycles: 70 });
    const truth = 20 * chunkBytes(500);
    expect(Math.abs(growth(walks.slice(0, 40), 2, live) - truth) / truth).toBeLessThan(0.005);
    expect(Math.abs(growth(walks, 41, live)) / truth).toBeLessThan(0.005);
  });

  test('fragmentation: live bytes flat, pinned slack growing, nothing to trim', async () => {
    const walks = await walkCycles({ mode: 'fragmentation', cycles: 80 });
    expect([...new Set(walks.slice(1).map(live))]).toHaveLength(1);
    expect(growth(walks, 2, pinned)).toBeGreaterThan(110_000);
    expect(growth(walks, 2, pinned)).toBeLessThan(140_000);
    expect(Math.abs(growth(walks, 2, trimmable))).toBeLessThan(2000);
  });

  test('retention: live and pinned flat, trimmable growing', async () => {
    const walks = await walkCycles({ mode: 'retention', cycles: 40 });
    expect([growth(walks, 2, live), growth(walks, 2, trimmable)]).toEqual([0, 131_072]);
    expect(Math.abs(growth(walks, 2, pinned))).toBeLessThan(200);
  });

  test('arenas: live bytes come to rest when no new arenas appear', async () => {
    const walks = await walkCycles({ mode: 'arenas', cycles: 60 });
    expect(growth(walks, 30, live)).toBe(0);
    expect(walks.at(-1)?.arenaCount).toBeGreaterThan(3);
  });

  test('mmap: blocks with a mapping of their own are live, and counted', async () => {
    const walks = await walkCycles({ mode: 'mmap', cycles: 40, numbers: [2, 300_000] });
    expect([
      growth(walks, 2, live),
      growth(walks, 2, (walk) => walk.mmappedBytes),
      growth(walks, 2, (walk) => walk.mmappedCount),
    ]).toEqual([2 * mappedBytes(300_000), 2 * mappedBytes(300_000), 2]);
    expect(walks.at(-1)?.census[0]).toEqual({ sizeBytes: mappedBytes(300_000), count: 80 });
  });

  test('every mode does 200 cycles in seconds', async () => {
    const program = await buildKnownAnswer();
    const slow: string[] = [];
    for (const mode of ['steady', 'fragmentation', 'retention', 'arenas', 'mmap'] as const) {
      await using target = startTarget(program, [mode, String(seed)]);
      const started = performance.now();
      for (let cycle = 1; cycle <= 200; cycle++) await target.ask(`cycle ${cycle}`);
      const ms = performance.now() - started;
      if (ms > 8000) slow.push(`${mode} ${ms.toFixed(0)} ms`);
    }
    expect(slow).toEqual([]);
  });
});
