import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { TidemarkError } from '../contracts/errors.ts';
import type { SetupContext } from '../contracts/plugins.ts';
import { aptFetch, hasApt } from '../lib/apt-fetch.ts';
import { findExecutable } from '../lib/child.ts';
import { runCommand } from '../lib/child-run.ts';
import { makeFolder } from '../lib/downloader.ts';

export interface Chromium {
  readonly executable: string;
  /** What a Chromium outside its usual place needs to find its libraries. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface ChromiumOptions {
  /** Skips what is installed (tests). */
  readonly ignoreSystem?: boolean;
  readonly aptSettings?: readonly string[];
}

const VARIABLES = ['CHROME_PATH', 'PUPPETEER_EXECUTABLE_PATH'];
const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];
const PACKAGE = 'chromium';
const HINT = `install one (apt-get install ${PACKAGE}), or set CHROME_PATH to one`;
const VENDOR_MS = 600_000;

/** The one that is named, one of the system, or the one in the cache. */
export function findChromium(cacheDir: string, options: ChromiumOptions = {}): Chromium | null {
  const system = options.ignoreSystem ? null : (named() ?? installed());
  if (system !== null) return { executable: system, environment: {} };
  return unpacked(join(cacheDir, 'chromium')) ?? downloaded(join(cacheDir, 'chrome'));
}

function named(): string | null {
  for (const name of VARIABLES) {
    const path = process.env[name];
    if (path === undefined || path === '') continue;
    const found = findExecutable(path);
    if (found !== null) return found;
    throw new TidemarkError('setup', `${name} names no program that can be run: ${path}`, {
      hint: `unset ${name}, or let it name a Chromium or Chrome`,
    });
  }
  return null;
}

/** Debian's command is a script that adds flags and extensions of its own: the program beside it is the browser. */
function installed(): string | null {
  for (const name of NAMES) {
    const found = findExecutable(name);
    if (found === null) continue;
    return findExecutable(join('/usr/lib', name, name)) ?? found;
  }
  return null;
}

/** From a Debian package, in a folder of its own. */
function unpacked(folder: string): Chromium | null {
  const executable = join(folder, 'usr/lib/chromium/chromium');
  if (!existsSync(executable)) return null;
  const libraries = ['usr/lib', 'lib'].map((name) => join(folder, name, 'x86_64-linux-gnu'));
  const places = libraries.flatMap((at) => [at, join(at, 'nss'), join(at, 'pulseaudio')]);
  const fonts = join(folder, 'etc/fonts');
  return {
    executable,
    environment: {
      LD_LIBRARY_PATH: places.filter(existsSync).join(':'),
      ...(existsSync('/etc/fonts') || !existsSync(fonts) ? {} : { FONTCONFIG_PATH: fonts }),
    },
  };
}

/** From the vendor's installer: `chrome/linux-142.0.7444.175/chrome-linux64/chrome`. */
function downloaded(folder: string): Chromium | null {
  const base = join(folder, 'chrome');
  for (const version of existsSync(base) ? readdirSync(base).sort().reverse() : []) {
    const executable = join(base, version, 'chrome-linux64/chrome');
    if (existsSync(executable)) return { executable, environment: {} };
  }
  return null;
}

/** Finds a browser that starts, or fetches one into the cache without root. */
export async function ensureChromium(
  ctx: SetupContext,
  options: ChromiumOptions = {},
): Promise<Chromium> {
  const found = findChromium(ctx.cacheDir, options);
  if (found !== null) return await requireVersion(found, ctx);
  const failures: string[] = [];
  for (const fetchIt of [fetchPackage, fetchFromVendor]) {
    try {
      await fetchIt(ctx, options);
      const fetched = findChromium(ctx.cacheDir, options);
      if (fetched !== null) return await requireVersion(fetched, ctx);
    } catch (error) {
      if (ctx.signal.aborted) throw error;
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new TidemarkError('setup', `no Chromium: ${failures.join('; ')}`, { hint: HINT });
}

/** A program that lacks a library says so here, and not in the first cell. */
async function requireVersion(chromium: Chromium, { signal }: SetupContext): Promise<Chromium> {
  const env = { ...process.env, ...chromium.environment };
  const { code, tail } = await runCommand({
    command: chromium.executable,
    args: ['--version'],
    env,
    signal,
  });
  if (code === 0) return chromium;
  throw new TidemarkError('setup', `${chromium.executable} does not start: ${tail}`, {
    hint: HINT,
  });
}

async function fetchPackage(ctx: SetupContext, options: ChromiumOptions): Promise<void> {
  if (!hasApt()) throw new Error('this machine has no apt-get');
  ctx.log(`fetching ${PACKAGE} and what it needs (about 120 MB, more on a bare machine)`);
  await aptFetch({
    packageName: PACKAGE,
    folder: join(ctx.cacheDir, 'chromium'),
    withDependencies: true,
    log: ctx.log,
    signal: ctx.signal,
    settings: options.aptSettings ?? [],
  });
}

/** Puppeteer's own command, which asks Google's servers for the version it was made for. */
async function fetchFromVendor(ctx: SetupContext): Promise<void> {
  ctx.log("fetching Chrome by puppeteer's installer");
  const manifest = createRequire(import.meta.url).resolve('puppeteer/package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: string };
  const command = join(dirname(manifest), bin);
  await makeFolder(join(ctx.cacheDir, 'chrome'), async (temporary) => {
    const { code, tail } = await runCommand({
      command: process.execPath,
      args: [command, 'browsers', 'install', 'chrome', '--path', temporary],
      signal: AbortSignal.any([ctx.signal, AbortSignal.timeout(VENDOR_MS)]),
    });
    if (code === 0) return;
    const why = tail.split('\n').find((line) => /error|fail/i.test(line)) ?? tail;
    throw new Error(`puppeteer could not fetch Chrome: ${why.trim().slice(0, 200)}`);
  });
}
