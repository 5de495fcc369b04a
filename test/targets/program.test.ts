import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RunningTarget } from '../../harness/contracts/plugins.ts';
import { processTree } from '../../harness/lib/proc.ts';
import { inspectedWords } from '../../harness/targets/_program-inspector.ts';
import program from '../../harness/targets/program.ts';
import { isAlive, setupContext, temporaryFolder, until } from '../lib/_real-parts.ts';

const SPEC = { id: 'program', variants: {}, text: 'program' };

async function start(command: string, environment = {}) {
  const setup = setupContext(temporaryFolder());
  const logFile = join(setup.runDir, 'program.log');
  const target = await program.start({
    ...setup,
    spec: SPEC,
    executor: 'inline',
    environment,
    logFile,
    command,
  });
  onTestFinished(() => target.stop());
  return { target, logFile };
}

/** Runs a shell script as the target. */
function script(text: string): string {
  const file = join(temporaryFolder(), 'program.sh');
  writeFileSync(file, text);
  return `sh ${file}`;
}

async function step(target: RunningTarget, cycle: number): Promise<void> {
  if (target.step === undefined) throw new Error('no steps');
  await target.step(cycle);
}

const ECHO = 'while read word cycle; do echo working; echo "done $cycle"; done';

describe('target program', () => {
  it('does one round trip per line and logs the rest', async () => {
    const { target, logFile } = await start(script(ECHO));
    for (let cycle = 1; cycle <= 20; cycle++) await step(target, cycle);
    expect(readFileSync(logFile, 'utf8')).toMatch(/^working\ndone 1\nworking\n/);
    expect(await target.facts()).toEqual({
      versions: {},
      launchCommand: 'sh program.sh',
      nativeBinaries: [],
    });
    expect(target.processes).toEqual([{ pid: expect.any(Number), role: 'job' }]);
    const pid = target.processes[0]?.pid ?? 0;
    await target.stop();
    expect(isAlive(pid)).toBe(false);
  });

  it('can say that a round trip failed for a reason outside of it', async () => {
    const { target } = await start(
      script('while read a b; do echo "failed $b peer was away"; done'),
    );
    await expect(step(target, 1)).rejects.toThrow('peer was away');
    await expect(step(target, 2)).rejects.toThrow('peer was away');
  });

  it('takes no answer to another round trip', async () => {
    const { target } = await start(
      script('read a b; echo "done 7"; echo "done 1"; cat >/dev/null'),
    );
    await step(target, 1);
  });

  it('rejects at once, with its last words, when it crashes in a round trip', async () => {
    const { target } = await start(script('read line; echo "out of luck" >&2; exit 3'));
    await expect(step(target, 1)).rejects.toThrow('the program exited with code 3: out of luck');
    await expect(step(target, 2)).rejects.toThrow('exited with code 3');
    expect(await target.exited).toEqual({ code: 3, signal: null, tail: 'out of luck' });
  });

  it('that hangs is left to the caller, and is stopped in bounded time with its children', async () => {
    const { target } = await start(script('trap "" TERM; sleep 60 & while :; do sleep 1; done'));
    const hung = step(target, 1);
    hung.catch(() => undefined);
    const pid = target.processes[0]?.pid ?? 0;
    await until(() => processTree(pid).length >= 2);
    const tree = processTree(pid);
    const began = performance.now();
    await target.stop();
    expect(performance.now() - began).toBeLessThan(6000);
    await expect(hung).rejects.toThrow('the program was killed by SIGKILL');
    await until(() => !tree.some(isAlive));
  });

  it('that ends at once is an error with its last words', async () => {
    await expect(start(script('echo "no such option" >&2; exit 2'))).rejects.toMatchObject({
      code: 'target',
      message: 'the program exited with code 2: no such option',
    });
  });

  it.each([
    ['no-such-program x', 'no-such-program is not there'],
    ['/etc/passwd', '/etc/passwd is not there, or not executable'],
  ])('%s is a usage error', async (command, message) => {
    await expect(start(command)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(message),
    });
  });

  it('that is not executable is a usage error', async () => {
    const file = join(temporaryFolder(), 'x');
    writeFileSync(file, '#!/bin/sh\n');
    chmodSync(file, 0o644);
    await expect(start(file)).rejects.toMatchObject({ code: 'usage' });
  });

  it('is not loaded with what the harness itself is loaded with', async () => {
    process.env.MALLOC_PERTURB_ = '7';
    onTestFinished(() => void delete process.env.MALLOC_PERTURB_);
    const text =
      'read a b; echo "perturb=$MALLOC_PERTURB_ arenas=$MALLOC_ARENA_MAX"; echo "done 1"; cat >/dev/null';
    const { target, logFile } = await start(script(text), { MALLOC_ARENA_MAX: '1' });
    await step(target, 1);
    expect(readFileSync(logFile, 'utf8')).toContain('perturb= arenas=1');
  });

  it.each([
    ['node app.mjs --x', 'node --inspect=127.0.0.1:0 app.mjs --x'],
    ['/usr/bin/node app.mjs', '/usr/bin/node --inspect=127.0.0.1:0 app.mjs'],
    ['node --inspect=127.0.0.1:0 app.mjs', 'node --inspect=127.0.0.1:0 app.mjs'],
    ['my-node app', 'my-node app'],
  ])('%s is started as %s', (command, started) => {
    expect(inspectedWords(command.split(' ')).join(' ')).toBe(started);
  });

  it('that runs in Python collects garbage when asked, unless it does without a collector itself', async () => {
    const text = `
import gc, sys
class Node: pass
if sys.argv[1] == 'off': gc.disable()
for line in sys.stdin:
    node = Node()
    node.own = node
    node = None
    print('done', line.split()[1], sum(isinstance(one, Node) for one in gc.get_objects()), flush=True)
`;
    const file = join(temporaryFolder(), 'program.py');
    writeFileSync(file, text);
    const left: unknown[] = [];
    for (const mode of ['on', 'off']) {
      const { target, logFile } = await start(`python3 ${file} ${mode}`);
      for (const cycle of [1, 2, 3]) {
        await step(target, cycle);
        expect(target.runtimes.map(({ kind }) => kind)).toEqual(['python']);
        for (const runtime of target.runtimes) await runtime.collectGarbage();
      }
      left.push(readFileSync(logFile, 'utf8').trim().split('\n').at(-1));
    }
    expect(left).toEqual(['done 3 1', 'done 3 3']);
  });

  it('needs a command and takes no version', () => {
    expect(() => program.check(SPEC, {})).toThrow('target program needs a command to run');
    expect(() => program.check(SPEC, { command: '  ' })).toThrow('needs a command');
    expect(() => program.check({ ...SPEC, version: '1' }, { command: 'a' })).toThrow('no version');
    expect(() => program.check(SPEC, { command: 'node a.js' })).not.toThrow();
  });
});
