import { existsSync } from 'node:fs';
import { findExecutable } from '../../harness/lib/child.ts';

const NAMES = ['chromium', 'google-chrome', 'google-chrome-stable', 'chromium-browser', 'chrome'];

/** A Chrome that is installed: named in the environment, else by its usual names; null when there is none. */
export function findChrome(): string | null {
  const { PUPPETEER_EXECUTABLE_PATH, CHROME_PATH, PATH } = process.env;
  for (const named of [PUPPETEER_EXECUTABLE_PATH, CHROME_PATH]) {
    if (named !== undefined && existsSync(named)) return named;
  }
  return NAMES.map((name) => findExecutable(name, PATH)).find((path) => path !== null) ?? null;
}

/** Starts without asking anything of any network; without a sandbox, which root may not have. */
export const CHROME_FLAGS = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
