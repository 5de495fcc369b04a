import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ensureLibrary, findLibrary } from '../../harness/allocators/_jemalloc-library.ts';
import glibc from '../../harness/allocators/glibc.ts';
import arena from '../../harness/allocators/glibc-arena-1.ts';
import jemalloc from '../../harness/allocators/jemalloc.ts';
import type { Allocator } from '../../harness/contracts/plugins.ts';
import { cacheDir } from '../../harness/lib/cache-dir.ts';
import { startChild } from '../../harness/lib/child.ts';
import { targetEnvironment } from '../../harness/lib/child-env.ts';
import { realPart, setupContext, temporaryFolder } from '../lib/_real-parts.ts';
import { openWorkshop, startTarget } from '../native/support/targets.ts';

/** A node that runs, with this in its environment. */
async function startNode(environment: Readonly<Record<string, string>>): Promise<number> {
  let ready: () => void = () => undefined;
  const up = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const child = await startChild({
    command: process.execPath,
    args: ['-e', "console.log('up'); setInterval(() => {}, 1000)"],
    env: targetEnvironment(environment),
    onLine: () => ready(),
  });
  onTestFinished(() => child.stop());
  await Promise.race([up, child.exited]);
  return child.pid;
}

const under = async (allocator: Allocator): Promise<number> =>
  startNode(await allocator.environment({ cacheDir: cacheDir() }));

async function requireJemalloc(): Promise<void> {
  const answer = await jemalloc.ensure(setupContext());
  if (answer.state === 'unavailable') throw new Error(answer.reason);
}

describe('an allocator that was asked for', () => {
  it('glibc is proven, also when the harness itself runs with malloc settings', async () => {
    process.env.MALLOC_ARENA_MAX = '3';
    onTestFinished(() => void delete process.env.MALLOC_ARENA_MAX);
    const environment = await glibc.environment({ cacheDir: cacheDir() });
    expect(environment).toMatchObject({ LD_PRELOAD: '', MALLOC_ARENA_MAX: '' });
    expect(await glibc.prove(await startNode(environment))).toEqual({
      allocator: 'glibc',
      evidence: 'libc.so.6 is mapped, nothing replaces its malloc, no malloc setting',
    });
  });

  it('glibc with one arena is proven', async () => {
    expect(await arena.prove(await under(arena))).toEqual({
      allocator: 'glibc-arena-1',
      evidence: 'libc.so.6 is mapped, nothing replaces its malloc, MALLOC_ARENA_MAX=1',
    });
  });

  it('jemalloc is proven, with its background thread', async (ctx) => {
    await realPart(ctx, requireJemalloc);
    expect(await jemalloc.prove(await under(jemalloc))).toEqual({
      allocator: 'jemalloc',
      evidence:
        'libjemalloc.so.2 is mapped, background_thread:true,dirty_decay_ms:0,muzzy_decay_ms:0, background thread runs',
    });
  });
});

describe('an allocator that is not the one asked for', () => {
  it('is refused: jemalloc in place of glibc', async (ctx) => {
    await realPart(ctx, requireJemalloc);
    const pid = await under(jemalloc);
    const refused = {
      code: 'allocator',
      message: 'glibc is not proven: libjemalloc.so.2 is mapped',
    };
    await expect(glibc.prove(pid)).rejects.toMatchObject(refused);
    await expect(arena.prove(pid)).rejects.toMatchObject({ code: 'allocator' });
  });

  it('is refused: glibc in place of jemalloc', async () => {
    await expect(jemalloc.prove(await under(glibc))).rejects.toMatchObject({
      code: 'allocator',
      message:
        'jemalloc is not proven: libjemalloc.so.2 is not mapped, found no replacement of malloc',
      hint: expect.stringContaining('LD_PRELOAD'),
    });
  });

  it('is refused: jemalloc with settings of another kind', async (ctx) => {
    await realPart(ctx, requireJemalloc);
    const environment = await jemalloc.environment({ cacheDir: cacheDir() });
    const pid = await startNode({ ...environment, MALLOC_CONF: 'dirty_decay_ms:10000' });
    await expect(jemalloc.prove(pid)).rejects.toThrow('MALLOC_CONF is not the one that was given');
  });

  it.each([
    [glibc, { MALLOC_ARENA_MAX: '1' }, 'MALLOC_ARENA_MAX is set in the started process'],
    [glibc, { GLIBC_TUNABLES: 'glibc.malloc.arena_max=1' }, 'GLIBC_TUNABLES is set'],
    [arena, {}, 'MALLOC_ARENA_MAX is not set in the started process'],
    [
      arena,
      { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '0' },
      'MALLOC_TRIM_THRESHOLD_ is set',
    ],
  ])('is refused: $id with other settings', async (allocator, environment, message) => {
    await expect(allocator.prove(await startNode(environment))).rejects.toThrow(message);
  });

  it('is refused for a static program, with what can be measured instead', async () => {
    await using workshop = await openWorkshop();
    const path = await workshop.compile('targets.c', 'static-target', ['-static']);
    await using target = startTarget(path, ['small', '1']);
    await target.line();
    const hint = expect.stringMatching(/dynamically against glibc; .* only resident memory/);
    for (const { id, prove } of [glibc, arena, jemalloc]) {
      await expect(prove(target.pid)).rejects.toMatchObject({
        code: 'allocator',
        message: `${id} is not proven: no glibc is mapped, it is a static program`,
        hint,
      });
    }
  });

  it('is refused when the process is gone', async () => {
    await expect(glibc.prove(2 ** 22 + 1)).rejects.toMatchObject({
      code: 'allocator',
      message: 'glibc is not proven: the process cannot be read: ENOENT: no such file or directory',
    });
  });
});

describe('jemalloc', () => {
  it('that cannot be had is unavailable, with the command that would help', async () => {
    const folder = temporaryFolder();
    const aptSettings = [
      '-o',
      'Dir::Etc::sourcelist=/dev/null',
      '-o',
      'Dir::Etc::sourceparts=/dev/null',
    ];
    const lists = ['-o', `Dir::State::lists=${join(folder, 'none')}`];
    const answer = await ensureLibrary(setupContext(folder), {
      ignoreSystem: true,
      aptSettings: [...aptSettings, ...lists],
    });
    expect(answer).toEqual({
      state: 'unavailable',
      reason: expect.stringMatching(/^jemalloc: /),
      hint: expect.stringMatching(/^(apt-get|dnf) install /),
    });
    expect(await findLibrary(folder, { ignoreSystem: true })).toBeNull();
  });

  it('is not put under a process from a path the dynamic linker would split', async (ctx) => {
    const folder = join(temporaryFolder(), 'a b');
    const answer = await realPart(ctx, () =>
      ensureLibrary(setupContext(folder), { ignoreSystem: true }),
    );
    if (answer.state === 'unavailable' && !answer.reason.includes('blank') && !process.env.CI)
      return ctx.skip(answer.reason);
    expect(answer).toMatchObject({
      state: 'unavailable',
      reason: 'jemalloc: its path holds a blank or a colon',
    });
  });
});
