import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { findTool, testWith } from './support/requirements.ts';
import {
  openWorkshop,
  parseMallinfo,
  startTarget,
  type Target,
  type Workshop,
} from './support/targets.ts';
import { asMallinfo, exactWalk, refused, usedByCensus } from './support/walks.ts';

const test = testWith(findTool('cc'), 'a C compiler (cc)');
const seed = Number(process.env.TIDEMARK_SEED ?? Math.floor(Math.random() * 1e9));

/** The thread that answered has to get back into its read before nothing runs. */
const REST_MS = 30;

/** How far the break can move, and what else is in the program (`split-heap.c`). */
const LAYOUTS = [
  { says: 'blocked after the first blocks', args: ['0', ''] },
  { says: 'blocked before the first block, with blocks of their own', args: ['0', 'em'] },
  { says: 'blocked further away, so that both places are used in turn', args: ['300', ''] },
  { says: 'with foreign memory between the pieces, and thread arenas', args: ['64', 'gmt'] },
  { says: 'with pieces of up to 3 MB', args: ['0', 'b'] },
] as const;

const NOT_TOLD_APART = {
  kind: 'ambiguous',
  reason:
    'the main heap is in several pieces, because something is mapped right behind the break, and they could not be told apart: run it again, the layout of memory is different at every start',
  stoppedMs: 0,
};

describe(`a main heap in pieces, because something lies behind its break (seed ${seed})`, () => {
  let workshop: Workshop;
  let program: string;

  beforeAll(async () => {
    workshop = await openWorkshop();
    program = await workshop.compile('split-heap.c', 'split-heap');
  });
  afterAll(() => workshop[Symbol.asyncDispose]());

  /** What the program says of itself, and what a walk says of it. */
  async function compare(target: Target, line: Promise<string>) {
    const inside = parseMallinfo(await line);
    await delay(REST_MS);
    const walk = await exactWalk(target.pid, { census: true });
    expect(asMallinfo(walk, inside.ledger)).toEqual(inside);
    expect(usedByCensus(walk)).toBe(inside.uordblks);
    expect(walk.residentBytes).toBe(
      walk.liveResidentBytes + walk.pinnedBytes + walk.trimmableBytes + walk.metadataBytes,
    );
    return { inside, walk };
  }

  for (const { says, args } of LAYOUTS)
    test(`${says}: agrees with mallinfo2 to the byte, also when it grew and when the break is free again`, async () => {
      await using target = startTarget(program, [String(seed), ...args]);
      const first = await compare(target, target.line());
      expect(first.walk.arenaBytes).toBeGreaterThan(4 * 1024 * 1024);
      for (const command of ['f', 'g', 'u', 'g', 't']) await compare(target, target.ask(command));
    });

  test('a leak of 100 blocks per cycle is seen as that, to the byte', async () => {
    await using target = startTarget(program, [String(seed), '0']);
    const series = [await compare(target, target.line())];
    for (let cycle = 0; cycle < 4; cycle++) series.push(await compare(target, target.ask('l')));
    const steps = series.slice(1).map(({ walk, inside }, i) => ({
      live: walk.liveBytes - (series[i]?.walk.liveBytes ?? 0),
      kept: inside.ledger - (series[i]?.inside.ledger ?? 0),
    }));
    expect(steps.map(({ live }) => live)).toEqual(steps.map(({ kept }) => kept));
    expect(steps[3]?.kept).toBeGreaterThanOrEqual(100 * 1008);
  });

  test('malloc_trim gives back what the walk said it would, and never the top that is no break', async () => {
    await using target = startTarget(program, [String(seed), '0']);
    const { walk: before } = await compare(target, target.line());
    const { walk: after } = await compare(target, target.ask('t'));
    expect(before.residentBytes - after.residentBytes).toBe(before.trimReturnsBytes);
    expect(before.trimReturnsBytes).toBeGreaterThan(0);
  });

  describe('a second glibc in the process', () => {
    let second: string;

    beforeAll(async () => {
      second = await workshop.compile('second-glibc.c', 'second-glibc', ['-ldl']);
    });

    test.each(['free', 'blocked'])('while it is loaded, no number (break: %s)', async (state) => {
      await using target = startTarget(second, ['keep', state]);
      await target.line();
      await delay(REST_MS);
      expect(await refused(target.pid)).toEqual({
        kind: 'unsupported-setting',
        reason:
          'glibc is loaded more than once (dlmopen, LD_AUDIT), each with a heap of its own: start the target without that',
        stoppedMs: 0,
      });
    });

    test('what it leaves behind when it is closed is not taken for a piece', async () => {
      await using whole = startTarget(second, ['close', 'free']);
      await compare(whole, whole.line());
      await using split = startTarget(second, ['close', 'blocked']);
      await split.line();
      await delay(REST_MS);
      expect(await refused(split.pid)).toEqual(NOT_TOLD_APART);
    });
  });

  test('foreign memory that looks like chunks: no number, but the cause and what helps', async () => {
    await using target = startTarget(program, ['12', '0', 'd']);
    await target.line();
    await delay(REST_MS);
    expect(await refused(target.pid)).toEqual(NOT_TOLD_APART);
  });
});
