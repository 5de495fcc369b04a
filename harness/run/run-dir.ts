import { accessSync, constants, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { TidemarkError } from '../contracts/errors.ts';

/** `20261121-052556-a1b2`: sorts by time, says it in UTC. */
export function makeRunId(now: Date, suffix: string): string {
  const digits = now.toISOString().replace(/[-:]/g, '');
  return `${digits.slice(0, 8)}-${digits.slice(9, 15)}-${suffix}`;
}

/** The folder of a run, made and proven writable before anything is fetched or measured. */
export function makeRunDir(outDir: string, runId: string): string {
  const dir = resolve(outDir, runId);
  try {
    mkdirSync(dir, { recursive: true });
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
