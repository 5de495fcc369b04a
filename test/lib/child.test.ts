import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  describeExit,
  findExecutable,
  hasDeathSignal,
  startChild,
} from '../../harness/lib/child.ts';
import { targetEnvironment } from '../../harness/lib/child-env.ts';
import { runCommand } from '../../harness/lib/child-run.ts';
import { freeTcpPorts, freeUdpPort } from '../../harness/lib/ports.ts';
import { processTree } from '../../harness/lib/proc.ts';
import { mappedFiles, readEnvironment, threadNames } from '../../harness/lib/proc-maps.ts';
import { DIST, isAlive, temporaryFolder, until } from './_real-parts.ts';

const sh = (script: string, more = {}) =>
  startChild({ command: 'sh', args: ['-c', script], ...more });

describe('a child process', () => {
  it('tells its exit with the last of both outputs, and logs all of it', async () => {
    const logFile = join(temporaryFolder(), 'a.log');
    const lines: string[] = [];
    const child = await sh('echo one; echo two >&2; printf three; exit 3', {
      logFile,
      onLine: (line: string) => lines.push(line),
    });
    const exit = await child.exited;
    expect({ code: exit.code, signal: exit.signal }).toEqual({ code: 3, signal: null });
    expect(lines.sort()).toEqual(['one', 'three', 'two']);
    expect(exit.tail.split('\n').length).toBeGreaterThan(1);
    expect(readFileSync(logFile, 'utf8')).toContain('two\n');
  });

  it('keeps only the end of a long output, without the lines to be ignored', async () => {
    const child = await sh('seq 100000; echo chatter; echo last', { ignore: /^chatter$/ });
    const { tail } = await child.exited;
    expect(tail.length).toBeLessThanOrEqual(4096);
    expect(tail.endsWith('100000\nlast')).toBe(true);
  });

  it('has the pid of the program itself', async () => {
    const child = await startChild({ command: 'sleep', args: ['60'] });
    await until(() => readFileSync(`/proc/${child.pid}/comm`, 'utf8') === 'sleep\n');
    expect(processTree(child.pid)).toEqual([child.pid]);
    await child.stop();
    expect(await child.exited).toEqual({ code: null, signal: 'SIGTERM', tail: '' });
  });

  it('is stopped in bounded time when it ignores SIGTERM, with everything it started', async () => {
    const child = await sh(
      'trap "" TERM; sleep 60 & setsid sleep 61 & echo up; while :; do sleep 1; done',
      {
        onLine: (line: string) => {
          up = line === 'up';
        },
      },
    );
    let up = false;
    await until(() => up && processTree(child.pid).length >= 3);
    const tree = processTree(child.pid);
    const began = performance.now();
    await Promise.all([child.stop(200), child.stop(200)]);
    expect(performance.now() - began).toBeLessThan(2000);
    expect((await child.exited).signal).toBe('SIGKILL');
    await until(() => !tree.some(isAlive));
    expect(tree.filter(isAlive)).toEqual([]);
  });

  it('leaves nothing in its group when it dies by itself', async () => {
    let started = 0;
    const child = await sh('sleep 60 & echo $!; exit 1', {
      onLine: (line: string) => {
        started = Number(line);
      },
    });
    expect((await child.exited).code).toBe(1);
    await until(() => !isAlive(started));
    expect(started).toBeGreaterThan(0);
  });

  it('does not wait for a grandchild that keeps the output open', async () => {
    const child = await sh('setsid sleep 5 & exit 0');
    const began = performance.now();
    expect((await child.exited).code).toBe(0);
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it('dies with a parent that is killed without warning', async (ctx) => {
    if (!hasDeathSignal()) return ctx.skip('setpriv is missing');
    const script = join(temporaryFolder(), 'parent.mjs');
    writeFileSync(
      script,
      `import { startChild } from ${JSON.stringify(resolve(DIST, 'harness/lib/child.js'))};
       console.log((await startChild({ command: 'sleep', args: ['60'] })).pid);`,
    );
    const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = await new Promise<number>((found) => {
      parent.stdout.once('data', (text) => found(Number(text)));
    });
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await until(() => !isAlive(pid));
  });

  it('is refused in one line when there is no such program', async () => {
    await expect(startChild({ command: 'no-such-program-here' })).rejects.toThrow(
      'no-such-program-here: no such program, or not executable',
    );
    expect(findExecutable('/etc/passwd')).toBeNull();
    expect(findExecutable('/etc')).toBeNull();
  });

  it('is described in one line', () => {
    expect(describeExit({ code: 7, signal: null, tail: 'a\nb' })).toBe('exited with code 7: b');
    expect(describeExit({ code: null, signal: 'SIGKILL', tail: '' })).toBe('was killed by SIGKILL');
  });
});

describe('a command', () => {
  it('gives its output and its exit code', async () => {
    const { code, stdout } = await runCommand({
      command: 'sh',
      args: ['-c', 'echo a; echo b; exit 2'],
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: 'a\nb' });
  });

  it('is ended by an abort', async () => {
    const abort = new AbortController();
    const run = runCommand({ command: 'sleep', args: ['60'], signal: abort.signal });
    setTimeout(() => abort.abort(new Error('enough')), 50);
    await expect(run).rejects.toThrow('enough');
  });
});

describe('the environment of a measured process', () => {
  it('has none of what changes malloc or was left by tools, and takes overrides', () => {
    const base = {
      PATH: '/bin',
      LD_PRELOAD: 'x.so',
      MALLOC_ARENA_MAX: '2',
      MALLOC_CONF: 'x',
      GLIBC_TUNABLES: 'glibc.malloc.arena_max=1',
      NODE_OPTIONS: '--import=x',
      npm_config_a: 'b',
      HOME: '/h',
    };
    expect(targetEnvironment({ MALLOC_ARENA_MAX: '1', HOME: '' }, base)).toEqual({
      PATH: '/bin',
      MALLOC_ARENA_MAX: '1',
    });
  });
});

describe('small readers', () => {
  it('finds ports that differ', async () => {
    const ports = await freeTcpPorts(5);
    expect(new Set(ports).size).toBe(5);
    expect(await freeUdpPort()).toBeGreaterThan(1023);
  });

  it('reads maps, environment and threads of a process', async () => {
    const child = await startChild({
      command: 'sleep',
      args: ['60'],
      env: { A: '1=2', PATH: process.env.PATH },
    });
    await until(() => readFileSync(`/proc/${child.pid}/comm`, 'utf8') === 'sleep\n');
    expect(mappedFiles(child.pid).some((file) => file.endsWith('/sleep'))).toBe(true);
    expect(readEnvironment(child.pid)).toMatchObject({ A: '1=2' });
    expect(threadNames(child.pid)).toEqual(['sleep']);
    await child.stop();
    expect(() => mappedFiles(child.pid)).toThrow('ENOENT');
  });
});
