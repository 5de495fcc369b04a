import puppeteer, { type Browser } from 'puppeteer';
import { cacheDir } from '../../harness/lib/cache-dir.ts';
import { ensureChromium } from '../../harness/targets/_chromium-install.ts';

/** Asks nothing of any network; without a sandbox, which root may not have. */
const FLAGS = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A Chromium that is installed, or fetched as `tidemark setup` would fetch it. */
export async function launchChrome(): Promise<Browser> {
  const signal = new AbortController().signal;
  const found = await ensureChromium({ cacheDir: cacheDir(), log: () => undefined, signal });
  const env = { ...process.env, ...found.environment };
  return await puppeteer.launch({ executablePath: found.executable, args: FLAGS, env });
}
