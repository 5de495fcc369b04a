import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { HeapRefusal } from '../../harness/contracts/native.ts';
import { identifyAllocator } from '../../harness/native/allocator-of.ts';
import { findTool, reportMissing, testWith } from './support/requirements.ts';
import { openWorkshop, startTarget, type Target, type Workshop } from './support/targets.ts';
import { refused as refusedWith } from './support/walks.ts';

const run = promisify(execFile);
const hasCompiler = findTool('cc');
const test = testWith(hasCompiler, 'a C compiler (cc)');
const goTest = testWith(findTool('go', ['version']), 'go');
const nodeTest = testWith(true, 'node');

const GO_PROGRAM = `package main

import (
	"bufio"
	"fmt"
	"os"
)

var kept [][]byte

func main() {
	for i := 0; i < 1000; i++ {
		kept = append(kept, make([]byte, 4096))
	}
	fmt.Println("ready")
	bufio.NewReader(os.Stdin).ReadString('\\n')
}
`;

async function buildGo(folder: string): Promise<string> {
  const source = join(folder, 'go');
  mkdirSync(source);
  writeFileSync(join(source, 'main.go'), GO_PROGRAM);
  writeFileSync(join(source, 'go.mod'), 'module target\n\ngo 1.20\n');
  const output = join(folder, 'go-target');
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'local' };
  await run('go', ['build', '-o', output, '.'], { cwd: source, env });
  return output;
}

/** Libraries lie in a folder named after the architecture. */
function findLibrary(root: string): string | undefined {
  if (!existsSync(root)) return undefined;
  return readdirSync(root)
    .map((folder) => join(root, folder, 'libjemalloc.so.2'))
    .find((path) => existsSync(path));
}

/** From the system, else from the distribution's package, unpacked without installing it. */
async function findJemalloc(folder: string): Promise<string | undefined> {
  const installed = findLibrary('/usr/lib');
  if (installed !== undefined) return installed;
  try {
    await run('apt-get', ['download', 'libjemalloc2'], { cwd: folder });
  } catch {
    // No package lists yet on a fresh machine: fetch them once.
    try {
      await run('apt-get', ['update']);
      await run('apt-get', ['download', 'libjemalloc2'], { cwd: folder });
    } catch {
      return undefined;
    }
  }
  const archive = readdirSync(folder).find((name) => name.startsWith('libjemalloc2_'));
  if (archive === undefined) return undefined;
  await run('dpkg-deb', ['-x', join(folder, archive), join(folder, 'jemalloc')]);
  return findLibrary(join(folder, 'jemalloc/usr/lib'));
}

/** None of these is ever stopped. */
async function refused(pid: number): Promise<Omit<HeapRefusal, 'stoppedMs'>> {
  const { stoppedMs, ...refusal } = await refusedWith(pid);
  if (stoppedMs !== 0) throw new Error('was stopped');
  return refusal;
}

describe('what cannot be read is refused with a line that says why', () => {
  let workshop: Workshop;
  let program: string;

  beforeAll(async () => {
    workshop = await openWorkshop();
    if (hasCompiler) program = await workshop.compile('targets.c', 'targets');
  });
  afterAll(() => workshop[Symbol.asyncDispose]());

  const startSmall = async (
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Target> => {
    const target = startTarget(program, ['small', '1'], {
      env: { ...process.env, ...environment },
    });
    await target.line();
    await delay(30);
    return target;
  };

  test('a static executable', async () => {
    const path = await workshop.compile('targets.c', 'static-target', ['-static']);
    await using target = startTarget(path, ['small', '1']);
    await target.line();
    expect(await refused(target.pid)).toEqual({
      kind: 'static',
      allocator: 'static executable',
      reason: 'static executable: there are no glibc books to read',
    });
  });

  goTest(
    'a Go program',
    async () => {
      await using target = startTarget(await buildGo(workshop.folder), []);
      await target.line();
      expect(await refused(target.pid)).toEqual({
        kind: 'static',
        allocator: 'Go runtime (static executable)',
        reason: 'Go runtime (static executable): there are no glibc books to read',
      });
      expect(identifyAllocator(target.pid).kind).toBe('go');
    },
    60_000,
  );

  test('jemalloc preloaded: glibc is not the allocator', async (context) => {
    const library = await findJemalloc(workshop.folder);
    if (library === undefined) {
      reportMissing('libjemalloc2');
      return context.skip();
    }
    await using target = await startSmall({ LD_PRELOAD: library });
    expect(await refused(target.pid)).toEqual({
      kind: 'other-allocator',
      allocator: 'jemalloc (libjemalloc.so.2)',
      reason: 'glibc is not the allocator: jemalloc (libjemalloc.so.2) is',
    });
    expect(identifyAllocator(target.pid)).toEqual({
      kind: 'jemalloc',
      title: 'jemalloc (libjemalloc.so.2)',
      usedInstead:
        'jemalloc keeps other books: judged by anonymous residency and the allocator swap (the same cell under glibc)',
    });
  }, 120_000);

  test('the huge page tunable', async () => {
    await using target = await startSmall({ GLIBC_TUNABLES: 'glibc.malloc.hugetlb=2' });
    expect(await refused(target.pid)).toEqual({
      kind: 'unsupported-setting',
      reason:
        'the tunable glibc.malloc.hugetlb=2 is set: heaps then have other sizes; start the target without it',
    });
  });

  test("another user's process", async () => {
    const isRoot = process.geteuid?.() === 0;
    // Root may read everything: it becomes nobody for the look. Anybody else may not read what hides itself.
    await using target = startTarget(program, [isRoot ? 'small' : 'hidden', '1']);
    await target.line();
    if (isRoot) process.seteuid?.(65_534);
    try {
      expect(await refused(target.pid)).toEqual({
        kind: 'no-permission',
        reason: expect.stringMatching(
          /^process \d+ may not be read \(E(?:ACCES|PERM)\): run as its user or as root/,
        ),
      });
      expect(identifyAllocator(target.pid).kind).toBe('unreadable');
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  nodeTest('a process that has ended, and one that never was', async () => {
    const target = startTarget(process.execPath, ['-e', '']);
    await new Promise((resolve) => target.child.once('exit', resolve));
    const never = 4_194_304 + 1;
    expect([await refused(target.pid), await refused(never)]).toEqual([
      { kind: 'gone', reason: `process ${target.pid} is gone` },
      { kind: 'gone', reason: `process ${never} is gone` },
    ]);
    expect(existsSync(`/proc/${never}`)).toBe(false);
  });
});
