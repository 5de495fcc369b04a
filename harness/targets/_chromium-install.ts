import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TidemarkError } from '../contracts/errors.ts';
import type { SetupContext } from '../contracts/plugins.ts';
import { findExecutable } from '../lib/child.ts';

const VARIABLES = ['CHROME_PATH', 'PUPPETEER_EXECUTABLE_PATH'];
const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];

export async function findChromium(_cacheDir: string): Promise<string | null> {
  for (const name of VARIABLES)
    if (process.env[name]) return findExecutable(process.env[name] ?? '');
  for (const name of NAMES) {
    const real = join('/usr/lib', name, name);
    if (existsSync(real)) return real;
    const found = findExecutable(name);
    if (found !== null) return found;
  }
  return null;
}
export async function ensureChromium(ctx: SetupContext): Promise<void> {
  if ((await findChromium(ctx.cacheDir)) === null) throw new TidemarkError('setup', 'none');
}
