import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { HeapWalk } from '../../harness/contracts/native.ts';
import { parseMaps } from '../../harness/native/maps.ts';
import { findTool, testWith } from './support/requirements.ts';
import {
  type Mallinfo,
  openWorkshop,
  parseMallinfo,
  startTarget,
  type Target,
  type Workshop,
} from './support/targets.ts';
import { asMallinfo, exactWalk, usedByCensus } from './support/walks.ts';

const hasCompiler = findTool('cc');
const test = testWith(hasCompiler, 'a C compiler (cc)');
const pythonTest = testWith(hasCompiler && findTool('python3'), 'python3');

/** Buffers, strings, zlib contexts and a timer's worth of handles, some of them let go again. */
const NODE_PROGRAM = `
const zlib = require('node:zlib');
globalThis.kept = [];
for (let i = 0; i < 400; i++) {
  const buffer = Buffer.alloc(1000 + (i * 7919) % 90000, 1);
  if (i % 3 !== 0) kept.push(buffer);
  if (i % 20 === 0) kept.push(zlib.deflateSync(buffer));
}
const { Worker } = require('node:worker_threads');
const workers = Number(process.env.WORKERS);
let ready = 0;
const say = () => { if (++ready > workers) console.log('ready'); };
for (let i = 0; i < workers; i++) {
  const worker = new Worker(
    "const kept = []; for (let i = 0; i < 300; i++) { const b = Buffer.alloc(500 + i * 97, 2); if (i % 2) kept.push(b); }" +
    "const p = require('node:worker_threads').parentPort; p.on('message', () => {}); p.postMessage('ready');",
    { eval: true });
  worker.on('message', say);
  kept.push(worker);
}
say();
process.stdin.on('data', () => {});
`;

const PYTHON_PROGRAM = `
import sys
kept = [bytes(i * 37 % 5000) for i in range(20000)]
words = {str(i): [i] * (i % 40) for i in range(20000)}
del kept[::3]
print('ready', flush=True)
sys.stdin.read()
`;

/** What mallinfo2 says before and after an exact walk, the same both times: then nothing moved in between. */
async function lookFromBothSides(target: Target): Promise<{ inside: Mallinfo; walk: HeapWalk }> {
  for (let tries = 0; tries < 20; tries++) {
    await delay(100);
    target.child.kill('SIGUSR2');
    const before = await target.line();
    await delay(30);
    const walk = await exactWalk(target.pid, { census: true });
    target.child.kill('SIGUSR2');
    if ((await target.line()) === before) return { inside: parseMallinfo(before), walk };
  }
  throw new Error('the runtime never came to rest');
}

async function ready(target: Target): Promise<void> {
  const { stdout } = target.child;
  if (stdout === null) throw new Error('no stdout');
  for await (const piece of stdout.iterator({ destroyOnReturn: false }))
    if (String(piece).includes('ready')) return;
}

/** Size of the memory below the break: there alone a main heap in one piece can be. */
function breakBytes(pid: number): number {
  const heap = parseMaps(readFileSync(`/proc/${pid}/maps`, 'latin1')).find(
    ({ path }) => path === '[heap]',
  );
  return heap === undefined ? 0 : heap.end - heap.start;
}

function expectSame(walk: HeapWalk, inside: Mallinfo): void {
  expect(asMallinfo(walk, 0)).toEqual(inside);
  expect(usedByCensus(walk)).toBe(inside.uordblks);
  expect(walk.tcacheCount).toBeLessThanOrEqual(walk.threadCount);
  expect(walk.tcacheCount).toBeGreaterThan(0);
}

describe('a runtime read from outside agrees with mallinfo2 inside it, to the byte', () => {
  let workshop: Workshop;
  let preload: string;

  beforeAll(async () => {
    workshop = await openWorkshop();
    preload = await workshop.compile('mallinfo-preload.c', 'preload.so', ['-shared', '-fPIC']);
  });
  afterAll(() => workshop[Symbol.asyncDispose]());

  const start = (
    command: string,
    args: readonly string[],
    workers: number,
    more: Readonly<Record<string, string>> = {},
  ): Target =>
    startTarget(command, args, {
      reply: 3,
      env: { PATH: process.env.PATH, LD_PRELOAD: preload, WORKERS: String(workers), ...more },
    });

  test('node', async () => {
    await using target = start(process.execPath, ['-e', NODE_PROGRAM], 0);
    await ready(target);
    const { inside, walk } = await lookFromBothSides(target);
    expectSame(walk, inside);
  });

  test('node with 4 workers', async () => {
    await using target = start(process.execPath, ['-e', NODE_PROGRAM], 4);
    await ready(target);
    const { inside, walk } = await lookFromBothSides(target);
    expectSame(walk, inside);
    expect(walk.threadCount).toBeGreaterThanOrEqual(5);
    expect(walk.arenaCount).toBeGreaterThan(1);
  });

  test('node with something right behind its break, so that its main heap is in pieces', async () => {
    await using target = start(process.execPath, ['-e', NODE_PROGRAM], 1, {
      BLOCK_BREAK_KB: '1024',
    });
    await ready(target);
    const { inside, walk } = await lookFromBothSides(target);
    expectSame(walk, inside);
    expect(breakBytes(target.pid)).toBeLessThan(2 * 1024 * 1024);
    expect(walk.arenaBytes).toBeGreaterThan(8 * 1024 * 1024);
  });

  pythonTest('python', async () => {
    await using target = start('python3', ['-c', PYTHON_PROGRAM], 0);
    await ready(target);
    const { inside, walk } = await lookFromBothSides(target);
    expectSame(walk, inside);
  });

  test('what malloc_trim will return from node is known before, within 2 %', async () => {
    await using target = start(process.execPath, ['-e', NODE_PROGRAM], 2);
    await ready(target);
    const { walk: before } = await lookFromBothSides(target);
    target.child.kill('SIGPROF');
    await target.line();
    await delay(30);
    const after = await exactWalk(target.pid);
    const returned = before.residentBytes - after.residentBytes;
    expect(Math.abs(before.trimReturnsBytes - returned)).toBeLessThanOrEqual(returned * 0.02);
  });
});
