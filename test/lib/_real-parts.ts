import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished, type TestContext } from 'vitest';
import type { ServiceContext } from '../../harness/contracts/plugins.ts';
import { cacheDir } from '../../harness/lib/cache-dir.ts';
import { readStat } from '../../harness/lib/proc.ts';

/** A part that cannot be had is a failure in CI; elsewhere the test is listed as skipped, with the reason. */
export async function realPart<T>(ctx: TestContext, get: () => Promise<T>): Promise<T> {
  try {
    return await get();
  } catch (error) {
    if (process.env.CI) throw error;
    return ctx.skip(`a real part is missing: ${error instanceof Error ? error.message : error}`);
  }
}

/** A folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function setupContext(
  folder = cacheDir(),
): ServiceContext & { readonly lines: readonly string[] } {
  const lines: string[] = [];
  return {
    cacheDir: folder,
    runDir: temporaryFolder(),
    log: (line) => void lines.push(line),
    signal: new AbortController().signal,
    lines,
  };
}

export const DIST = resolve(import.meta.dirname, '../../dist');

const SET_UP =
  'ip link set lo up && ip link add v0 type veth peer name v1 && ip addr add 10.77.0.1/24 dev v0 && ' +
  'ip link set v0 up && ip link set v1 up && exec "$@"';

/** Runs a script of the test folder against the compiled harness, in a network namespace of its own. */
export function inPrivateNetwork(script: string, args: readonly string[]): unknown {
  const command = [process.execPath, script, DIST, ...args];
  const ran = spawnSync('unshare', ['-r', '-n', 'sh', '-c', SET_UP, 'sh', ...command], {
    encoding: 'utf8',
    timeout: 120_000,
  });
  if (ran.status !== 0) throw new Error(`${script} failed: ${ran.stderr}${ran.stdout}`);
  return JSON.parse(ran.stdout.trim().split('\n').at(-1) ?? '');
}

export async function requireNamespace(): Promise<void> {
  const { status, stderr } = spawnSync('unshare', ['-r', '-n', 'true'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`no private network namespace: ${stderr}`);
}

/** False for a zombie too: nobody may be there to reap it. */
export function isAlive(pid: number): boolean {
  const stat = readStat(pid);
  return stat !== null && stat.state !== 'Z';
}

export async function until(holds: () => boolean, ms = 5000): Promise<void> {
  const end = Date.now() + ms;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`not so after ${ms} ms`);
    await new Promise((wake) => setTimeout(wake, 10));
  }
}
