import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { findTool, testWith } from './support/requirements.ts';
import { openWorkshop, parseMallinfo, startTarget, type Workshop } from './support/targets.ts';
import { asMallinfo, exactWalk, usedByCensus } from './support/walks.ts';

const test = testWith(findTool('cc'), 'a C compiler (cc)');
const seed = Number(process.env.TIDEMARK_SEED ?? Math.floor(Math.random() * 1e9));

/** The thread that answered has to get back into its read before nothing runs. */
const REST_MS = 30;

describe(`a C program read from outside agrees with its own mallinfo2 to the byte (seed ${seed})`, () => {
  let workshop: Workshop;
  let program: string;

  beforeAll(async () => {
    workshop = await openWorkshop();
    program = await workshop.compile('targets.c', 'targets');
  });
  afterAll(() => workshop[Symbol.asyncDispose]());

  test('four threads with arenas of several heaps, random sizes, blocks of their own', async () => {
    await using target = startTarget(program, ['heap', String(seed), '4']);
    const inside = parseMallinfo(await target.line());
    await delay(REST_MS);
    const walk = await exactWalk(target.pid, { census: true });
    expect(asMallinfo(walk, inside.ledger)).toEqual(inside);
    expect({
      arenas: walk.arenaCount,
      tcaches: walk.tcacheCount,
      threads: walk.threadCount,
    }).toEqual({
      arenas: 5,
      tcaches: 5,
      threads: 5,
    });
    expect(walk.residentBytes).toBe(
      walk.liveResidentBytes + walk.pinnedBytes + walk.trimmableBytes + walk.metadataBytes,
    );
    expect(usedByCensus(walk)).toBe(inside.uordblks);
    // A heap of a thread arena is 64 MB: an arena of more than that has several.
    expect(inside.arena / 5).toBeGreaterThan(64 * 1024 * 1024 * 0.5);
  });

  test('what the program frees between two walks is what live bytes fall by, cached or not', async () => {
    await using target = startTarget(program, ['heap', String(seed + 1), '1']);
    const before = parseMallinfo(await target.line());
    await delay(REST_MS);
    const first = await exactWalk(target.pid);
    const after = parseMallinfo(await target.ask('f'));
    await delay(REST_MS);
    const second = await exactWalk(target.pid);
    const mappedBefore = before.hblkhd - after.hblkhd;
    // Blocks of their own are counted by resident pages, the program counts them by size + 8.
    const mappedHeaders = (before.hblks - after.hblks) * 8;
    expect(second.tcacheBytes).not.toBe(0);
    expect(first.liveBytes - second.liveBytes - mappedBefore).toBe(
      before.ledger - after.ledger - mappedBefore + mappedHeaders,
    );
  });

  test('the trimmable bytes are what malloc_trim gives back, within 2 %', async () => {
    await using target = startTarget(program, ['heap', String(seed + 2), '3']);
    await target.line();
    await delay(REST_MS);
    const before = await exactWalk(target.pid);
    await target.ask('t');
    await delay(REST_MS);
    const after = await exactWalk(target.pid);
    const returned = before.residentBytes - after.residentBytes;
    expect(returned).toBeGreaterThan(1024 * 1024);
    expect(Math.abs(before.trimReturnsBytes - returned) / returned).toBeLessThan(0.02);
  });

  test('blocks with a mapping of their own: plain, aligned, untouched and grown', async () => {
    await using target = startTarget(program, ['mapped', String(seed)]);
    const inside = parseMallinfo(await target.line());
    await delay(REST_MS);
    const walk = await exactWalk(target.pid);
    expect(asMallinfo(walk, inside.ledger)).toEqual(inside);
    expect(walk.mmappedCount).toBeGreaterThan(150);
  });

  test('half a million chunks in fastbins, freed in random order', async () => {
    await using target = startTarget(program, ['fast', String(seed), '1000000'], {
      env: { ...process.env, GLIBC_TUNABLES: 'glibc.malloc.tcache_count=0' },
    });
    const inside = parseMallinfo(await target.line());
    await delay(REST_MS);
    const walk = await exactWalk(target.pid);
    expect(asMallinfo(walk, inside.ledger)).toEqual(inside);
    expect(walk.fastBytes).toBeGreaterThan(20_000_000);
  });
});
