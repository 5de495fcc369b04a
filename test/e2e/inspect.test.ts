import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { readStat } from '../../harness/lib/proc.ts';
import { startTidemark, tidemark } from './_tidemark.ts';

let child: ChildProcess | undefined;
afterEach(() => child?.kill('SIGKILL'));

/** A Node process that holds 3,000 blocks of 4,080 bytes outside V8's heap. */
async function startNode(): Promise<number> {
  const script = `
    globalThis.kept = Array.from({ length: 3000 }, () => Buffer.allocUnsafeSlow(4080).fill(1));
    setInterval(() => {}, 1000); console.log('up')`;
  child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise((ready) => child?.stdout?.once('data', ready));
  return child.pid ?? 0;
}

describe('tidemark inspect', () => {
  it('gives live bytes, slack, threads and descriptors of a process that knows nothing of it', async () => {
    const pid = await startNode();
    const look = await tidemark(['inspect', String(pid), '--json', '--census']);
    const seen = JSON.parse(look.stdout);
    expect(look.code).toBe(0);
    expect(seen).toMatchObject({
      pid,
      allocator: expect.stringMatching(/^glibc 2\.\d+$/),
      libc: expect.stringMatching(/^2\.\d+$/),
    });
    expect(['exact', 'consistent']).toContain(seen.quality);
    expect(seen.native.liveBytes).toBeGreaterThan(3000 * 4096);
    for (const part of ['pinnedBytes', 'trimmableBytes', 'mmappedBytes'])
      expect(seen.native[part]).toBeTypeOf('number');
    expect(seen.native.stoppedMs).toBe(0);
    const blocks = seen.census.find(({ sizeBytes }: { sizeBytes: number }) => sizeBytes === 4096);
    // A few blocks took a hole that was 16 bytes too large to split.
    expect(blocks.count).toBeGreaterThan(2950);
    expect(
      seen.threads.find(({ name }: { name: string }) => name === 'node').count,
    ).toBeGreaterThan(1);
  });

  it('accounts for every resident byte', async () => {
    const pid = await startNode();
    const { resident, memory } = JSON.parse(
      (await tidemark(['inspect', String(pid), '--json'])).stdout,
    );
    const { residentBytes, ...parts } = resident as Record<string, number>;
    expect(Object.values(parts).reduce((sum, bytes) => sum + bytes, 0)).toBe(residentBytes);
    expect(residentBytes).toBe(memory.rssBytes);
  });

  it('is a table that a person reads, with the biggest size classes', async () => {
    const pid = await startNode();
    const { stdout } = await tidemark(['inspect', String(pid)]);
    expect(stdout).toMatch(/^node \(\d+\) · glibc 2\.\d+ · resident/);
    for (const row of [
      'live',
      'slack pinned',
      'slack trimmable',
      'own mappings',
      'threads',
      'descriptors',
    ]) {
      expect(stdout).toContain(row);
    }
    // Node has a few blocks of that size of its own, and a few took a larger hole.
    expect(Number(/4096 B x (\d+)/.exec(stdout)?.[1])).toBeGreaterThan(2950);
    expect(stdout.split('\n').length).toBeLessThan(20);
  });

  it('leaves a process that somebody else has stopped as it is, even with --stop', async () => {
    const pid = await startNode();
    process.kill(pid, 'SIGSTOP');
    const look = await tidemark(['inspect', String(pid), '--json', '--stop']);
    expect(JSON.parse(look.stdout).quality).toBe('exact');
    expect(readStat(pid)?.state).toBe('T');
  });

  it('stops and continues a process only with --stop', async () => {
    const pid = await startNode();
    const seen = JSON.parse((await tidemark(['inspect', String(pid), '--json', '--stop'])).stdout);
    expect(seen.quality).toBe('exact');
    expect(seen.native.stoppedMs).toBeGreaterThan(0);
    expect(readStat(pid)?.state).not.toBe('T');
  });

  it('looks at a whole process tree, each process with its role', async () => {
    const script = `
      const { spawn } = require('node:child_process');
      const child = spawn('/bin/sh', ['-c', 'echo up; read line'], { stdio: ['pipe', 'inherit', 'inherit'] });
      setInterval(() => {}, 1000)`;
    child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    await new Promise((ready) => child?.stdout?.once('data', ready));
    const look = await tidemark(['inspect', String(child.pid), '--tree', '--json']);
    const { pssBytes, processes } = JSON.parse(look.stdout);
    expect(processes.map(({ role, name }: { role: string; name: string }) => [role, name])).toEqual(
      [
        ['root', 'node'],
        ['child', 'sh'],
      ],
    );
    const sum = processes.reduce(
      (all: number, one: { memory: { pssBytes: number } }) => all + one.memory.pssBytes,
      0,
    );
    expect(pssBytes).toBe(sum);
  });

  it('watches until the process ends', async () => {
    const pid = await startNode();
    const watch = startTidemark(['inspect', String(pid), '--watch', '100ms']);
    await watch.shows('descriptors');
    child?.kill('SIGKILL');
    const end = await watch.finished;
    expect(end.stderr).toContain('has ended');
    expect(end.code).toBe(0);
    expect(end.stdout.match(/descriptors/g)?.length).toBeGreaterThanOrEqual(1);
  });

  it.each([
    ['a pid that is not there', ['inspect', '4194303'], 'there is no process 4194303'],
    ['what is no pid', ['inspect', 'node'], "'node' is no process id"],
    [
      'a watch that is no time',
      ['inspect', '1', '--watch', 'often'],
      "--watch 'often' is not a duration",
    ],
  ])('refuses %s in one line', async (_, args, says) => {
    const look = await tidemark(args);
    expect(look.stderr).toContain(says);
    expect(look.code).toBe(2);
  });
});
