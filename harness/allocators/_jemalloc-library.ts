import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Available, SetupContext } from '../contracts/plugins.ts';
import { aptFetch, hasApt } from '../lib/apt-fetch.ts';
import { findExecutable } from '../lib/child.ts';
import { runCommand } from '../lib/child-run.ts';

export const FILE = 'libjemalloc.so.2';
const PACKAGE = 'libjemalloc2';
const FOLDERS = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib64',
  '/usr/lib',
  '/usr/local/lib',
  '/lib/x86_64-linux-gnu',
];

export interface JemallocOptions {
  /** Skips what is installed (tests). */
  readonly ignoreSystem?: boolean;
  readonly aptSettings?: readonly string[];
}

/** The library on this machine: the linker's cache, the usual folders, then ours. */
export async function findLibrary(
  cacheDir: string,
  options: JemallocOptions = {},
): Promise<string | null> {
  const system = options.ignoreSystem ? [] : [...(await fromLinker()), ...FOLDERS.map(fileIn)];
  return [...system, ...fromCache(cacheDir)].find((file) => existsSync(file)) ?? null;
}

const fileIn = (folder: string): string => join(folder, FILE);

async function fromLinker(): Promise<string[]> {
  const path = `${process.env.PATH ?? ''}:/sbin:/usr/sbin`;
  const ldconfig = findExecutable('ldconfig', path);
  if (ldconfig === null) return [];
  const { stdout } = await runCommand({ command: ldconfig, args: ['-p'] });
  const lines = stdout.split('\n').filter((line) => line.includes(`${FILE} (libc6,x86-64`));
  return lines.flatMap((line) => line.split(' => ')[1] ?? []);
}

function fromCache(cacheDir: string): string[] {
  const lib = join(cacheDir, 'jemalloc', 'usr', 'lib');
  if (!existsSync(lib)) return [];
  return [lib, ...readdirSync(lib).map((name) => join(lib, name))].map(fileIn);
}

/** Finds the library or fetches it into the cache, and sees whether the dynamic linker takes it. */
export async function ensureLibrary(
  ctx: SetupContext,
  options: JemallocOptions = {},
): Promise<Available> {
  let file = await findLibrary(ctx.cacheDir, options);
  if (file === null) {
    if (!hasApt()) return unavailable('it is not installed');
    ctx.log(`fetching ${PACKAGE}`);
    try {
      const { log, signal } = ctx;
      const { aptSettings: settings = [] } = options;
      const folder = join(ctx.cacheDir, 'jemalloc');
      await aptFetch({ packageName: PACKAGE, folder, log, signal, settings });
    } catch (error) {
      if (ctx.signal.aborted) throw error;
      return unavailable(error instanceof Error ? error.message : String(error));
    }
    file = await findLibrary(ctx.cacheDir, options);
  }
  if (file === null) return unavailable(`the package ${PACKAGE} does not hold ${FILE}`);
  // The linker splits LD_PRELOAD at blanks and colons, and knows no quotes.
  if (/[\s:]/.test(file)) return unavailable('its path holds a blank or a colon');
  const env = { ...process.env, LD_PRELOAD: file };
  const { tail } = await runCommand({ command: 'true', env, signal: ctx.signal });
  if (tail.includes('cannot be preloaded')) return unavailable('the dynamic linker refuses it');
  const where = file.startsWith(ctx.cacheDir) ? 'in the cache' : 'of the system';
  return { state: 'available', detail: `${FILE} ${where}` };
}

function unavailable(reason: string): Available {
  const debian = hasApt() || findExecutable('dnf') === null;
  const hint = debian ? `apt-get install ${PACKAGE}` : 'dnf install jemalloc';
  return { state: 'unavailable', reason: `jemalloc: ${reason}`, hint };
}
