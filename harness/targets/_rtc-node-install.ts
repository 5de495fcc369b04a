import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TidemarkError } from '../contracts/errors.ts';
import type { TargetSpec } from '../contracts/plan.ts';
import type { SetupContext } from '../contracts/plugins.ts';
import { compareVersions, nearestVersions } from '../lib/nearest-version.ts';
import { npmInstall, npmVersions } from '../lib/npm-install.ts';

const DEFAULT_VERSION = '1.1.0';
const SDK = '@livekit/rtc-node';
const FFI = '@livekit/rtc-ffi-bindings-linux-x64-gnu';
/** Up to 0.13.24 the native binary came in a package named after the SDK, so that no other can be put in its place. */
const FIRST_WITH_FFI = '0.13.25';
const VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

export interface RtcNodeVersions {
  readonly sdk: string;
  /** Null: the one that the SDK asks for. */
  readonly ffi: string | null;
}

/** Reads `rtc-node@1.1.0+ffi0.12.80`; throws a usage error that says what to write instead. Pure. */
export function versionsOf(spec: TargetSpec): RtcNodeVersions {
  const sdk = spec.version ?? DEFAULT_VERSION;
  if (!VERSION.test(sdk)) {
    throw new TidemarkError('usage', `${spec.text}: '${sdk}' is not a version`, {
      hint: `write three numbers, for example rtc-node@${DEFAULT_VERSION}`,
    });
  }
  const unknown = Object.keys(spec.variants).find((name) => name !== 'ffi');
  if (unknown !== undefined) {
    throw new TidemarkError('usage', `${spec.text}: rtc-node has no variant '${unknown}'`, {
      hint: `the only one is ffi, for example rtc-node@${DEFAULT_VERSION}+ffi0.12.80`,
    });
  }
  const ffi = spec.variants.ffi ?? null;
  if (ffi !== null && !VERSION.test(ffi)) {
    throw new TidemarkError('usage', `${spec.text}: '${ffi}' is not an FFI version`, {
      hint: `write three numbers, for example rtc-node@${DEFAULT_VERSION}+ffi0.12.80`,
    });
  }
  if (ffi !== null && compareVersions(sdk, FIRST_WITH_FFI) < 0) {
    throw new TidemarkError('usage', `${spec.text}: rtc-node ${sdk} cannot take another FFI`, {
      hint: `+ffi works from rtc-node@${FIRST_WITH_FFI} on; leave it away for older ones`,
    });
  }
  return { sdk, ffi };
}

/** Folder of an installation, in the cache. */
export function folderOf({ sdk, ffi }: RtcNodeVersions, cacheDir: string): string {
  return join(cacheDir, 'rtc-node', ffi === null ? sdk : `${sdk}+ffi${ffi}`);
}

export async function install(versions: RtcNodeVersions, ctx: SetupContext): Promise<void> {
  const folder = folderOf(versions, ctx.cacheDir);
  if (existsSync(folder)) return;
  const { sdk, ffi } = versions;
  ctx.log(`installing ${SDK} ${sdk}${ffi === null ? '' : ` with FFI ${ffi}`}`);
  await requireVersion(SDK, sdk, ctx.signal);
  // npm passes over an optional package that does not exist: it would install without a native binary.
  if (ffi !== null) await requireVersion(FFI, ffi, ctx.signal);
  await npmInstall({
    folder,
    dependencies: { [SDK]: sdk },
    ...(ffi === null ? {} : { overrides: { [FFI]: ffi } }),
    verify: async (temporary) => {
      if (ffi === null) return;
      const manifest = join(temporary, 'node_modules', FFI, 'package.json');
      const found = existsSync(manifest) ? await readVersion(manifest) : 'none';
      if (found !== ffi)
        throw new TidemarkError('setup', `npm installed FFI ${found} in place of ${ffi}`);
    },
    signal: ctx.signal,
  });
}

async function requireVersion(name: string, version: string, signal: AbortSignal): Promise<void> {
  const versions = await npmVersions(name, signal);
  if (versions.includes(version)) return;
  throw new TidemarkError('usage', `${name} has no version ${version}`, {
    hint: `the nearest there are: ${nearestVersions(version, versions).join(', ')}`,
  });
}

async function readVersion(manifest: string): Promise<string> {
  return String((JSON.parse(await readFile(manifest, 'utf8')) as { version?: unknown }).version);
}

interface SdkManifest {
  readonly main: string;
  readonly exports?: { readonly '.'?: { readonly import?: string | { readonly default: string } } };
}

/** The file that `import '@livekit/rtc-node'` stands for in that folder. */
export async function entryOf(folder: string): Promise<string> {
  const sdk = join(folder, 'node_modules', SDK);
  let text: string;
  try {
    text = await readFile(join(sdk, 'package.json'), 'utf8');
  } catch (cause) {
    throw new TidemarkError('setup', 'this rtc-node is not installed', {
      hint: 'tidemark setup --target with the same name installs it',
      cause,
    });
  }
  const manifest = JSON.parse(text) as SdkManifest;
  const entry = manifest.exports?.['.']?.import;
  return join(sdk, typeof entry === 'string' ? entry : (entry?.default ?? manifest.main));
}
