import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { IdleNoise } from '../contracts/plan.ts';
import { cacheDir } from '../lib/cache-dir.ts';

const schema = z.object({
  measuredAt: z.string(),
  kernel: z.string(),
  deviations: z.record(z.string(), z.number().nonnegative()),
});

const fileIn = (cache: string): string => join(cache, 'idle-noise.json');

/** Kept for the machine, not for a run: `doctor --self-test` writes it, every later run copies it into its plan. */
export function storeIdleNoise(
  measured: Pick<IdleNoise, 'measuredAt' | 'deviations'>,
  cache = cacheDir(),
): void {
  mkdirSync(cache, { recursive: true });
  const file = fileIn(cache);
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify({ ...measured, kernel: release() })}\n`);
  renameSync(draft, file);
}

/** Null where it was never measured, under another kernel, or cannot be read: then nothing is claimed. */
export function readIdleNoise(cache = cacheDir()): IdleNoise | null {
  try {
    const parsed = schema.safeParse(JSON.parse(readFileSync(fileIn(cache), 'utf8')));
    return parsed.success && parsed.data.kernel === release() ? parsed.data : null;
  } catch {
    return null;
  }
}
