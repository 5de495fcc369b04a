import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { TidemarkError } from '../contracts/errors.ts';

/** `20261121-052556-a1b2`: sorts by time, says it in UTC. */
export function makeRunId(now: Date, suffix: string): string {
  const digits = now.toISOString().replace(/[-:]/g, '');
  return `${digits.slice(0, 8)}-${digits.slice(9, 15)}-${suffix}`;
}

/** Not `recursive`: where the system says that there is no such folder to make one in (/proc), Node 20 tries for ever. */
function makeFolder(dir: string): void {
  if (existsSync(dir)) return;
  const parent = dirname(dir);
  if (parent !== dir) makeFolder(parent);
  mkdirSync(dir);
}

/** The folder of a run, made and proven writable before anything is fetched or measured. */
export function makeRunDir(outDir: string, runId: string): string {
  const dir = resolve(outDir, runId);
  try {
    makeFolder(dir);
    accessSync(dir, constants.W_OK);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split(',')[0] : String(cause);
    throw new TidemarkError('usage', `output folder ${outDir} cannot be written: ${why}`, {
      hint: 'choose another with --out',
      cause,
    });
  }
  return dir;
}

/** A run that was never begun leaves no folder that looks like one. */
export function dropEmptyRunDir(dir: string): void {
  if (existsSync(dir) && readdirSync(dir).length === 0) rmdirSync(dir);
}
