import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TidemarkError } from '../contracts/errors.ts';
import type { TargetSpec } from '../contracts/plan.ts';
import type { SetupContext } from '../contracts/plugins.ts';
import { nearestVersions } from '../lib/nearest-version.ts';
import { npmInstall, npmVersions } from '../lib/npm-install.ts';

const DEFAULT_VERSION = '2.23.0';
const SDK = 'livekit-client';
/** Whole, and the one build that is not minified: classes and places in the source keep their names. */
const SCRIPT = join('node_modules', SDK, 'dist', 'livekit-client.esm.mjs');
const VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

/** Reads `livekit-client@2.22.0`; throws a usage error that says what to write instead. Pure. */
export function versionOf(spec: TargetSpec): string {
  const version = spec.version ?? DEFAULT_VERSION;
  if (!VERSION.test(version)) {
    throw new TidemarkError('usage', `${spec.text}: '${version}' is not a version`, {
      hint: `write three numbers, for example ${SDK}@${DEFAULT_VERSION}`,
    });
  }
  const variant = Object.keys(spec.variants)[0];
  if (variant !== undefined) {
    throw new TidemarkError('usage', `${spec.text}: ${SDK} has no variant '${variant}'`, {
      hint: `write ${SDK}@${version}`,
    });
  }
  return version;
}

const folderOf = (version: string, cacheDir: string): string => join(cacheDir, SDK, version);

/** The one module that a page loads. */
export function scriptOf(version: string, cacheDir: string): string {
  const file = join(folderOf(version, cacheDir), SCRIPT);
  if (!existsSync(file)) {
    throw new TidemarkError('setup', `this ${SDK} is not installed`, {
      hint: 'tidemark setup --target with the same name installs it',
    });
  }
  return file;
}

export async function installSdk(version: string, ctx: SetupContext): Promise<void> {
  const folder = folderOf(version, ctx.cacheDir);
  if (existsSync(folder)) return;
  ctx.log(`installing ${SDK} ${version}`);
  const versions = await npmVersions(SDK, ctx.signal);
  if (!versions.includes(version)) {
    throw new TidemarkError('usage', `${SDK} has no version ${version}`, {
      hint: `the nearest there are: ${nearestVersions(version, versions).join(', ')}`,
    });
  }
  await npmInstall({
    folder,
    dependencies: { [SDK]: version },
    verify: async (temporary) => {
      if (existsSync(join(temporary, SCRIPT))) return;
      throw new TidemarkError('setup', `${SDK} ${version} has no script for pages (${SCRIPT})`);
    },
    signal: ctx.signal,
  });
}
