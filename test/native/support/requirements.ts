import { spawnSync } from 'node:child_process';
import { test } from 'vitest';

/**
 * What a test needs from the machine. On a developer's machine a missing tool skips the test and says so; where CI is
 * set it fails, because a skipped proof is no proof.
 */
export function findTool(command: string, args: readonly string[] = ['--version']): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

export function reportMissing(what: string): void {
  if (process.env.CI === 'true') throw new Error(`${what} is required where CI=true`);
  process.stderr.write(`skipped: ${what} is missing\n`);
}

/** `test`, or a listed skip when `available` is false. */
export function testWith(available: boolean, what: string): typeof test | typeof test.skip {
  if (!available) reportMissing(what);
  return available ? test : test.skip;
}
