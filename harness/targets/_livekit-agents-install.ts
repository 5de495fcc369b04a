import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { TidemarkError } from '../contracts/errors.ts';
import type { TargetSpec } from '../contracts/plan.ts';
import type { SetupContext } from '../contracts/plugins.ts';
import { pipInstall } from '../lib/pip-install.ts';

const DEFAULT_VERSION = '1.8.9';
const VERSION = /^\d+\.\d+\.\d+(rc\d+|\.post\d+)?$/;

/**
 * What was current when a version was published, where it asks for a range itself: the newest that fits is another
 * program every month. Versions that are not listed take what pip finds; the facts of the run say what that was.
 */
const PINS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '1.0.17': { livekit: '1.0.6', 'livekit-api': '1.0.2', 'livekit-protocol': '1.0.2' },
};

/** Reads `livekit-agents@1.0.17+livekit1.0.12`; throws a usage error that says what to write instead. Pure. */
export function requirementsOf(spec: TargetSpec): Readonly<Record<string, string>> {
  const agents = spec.version ?? DEFAULT_VERSION;
  const { livekit, ...others } = spec.variants;
  if (!VERSION.test(agents) || agents.startsWith('0.')) {
    throw new TidemarkError('usage', `${spec.text}: '${agents}' is not a version from 1.0.0 up`, {
      hint: `write three numbers, for example livekit-agents@${DEFAULT_VERSION}`,
    });
  }
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new TidemarkError('usage', `${spec.text}: livekit-agents has no variant '${unknown}'`, {
      hint: 'the only one is livekit, for example livekit-agents@1.0.17+livekit1.0.12',
    });
  }
  if (livekit !== undefined && !VERSION.test(livekit)) {
    throw new TidemarkError('usage', `${spec.text}: '${livekit}' is not a version of livekit`, {
      hint: 'write three numbers, for example livekit-agents@1.0.17+livekit1.0.12',
    });
  }
  const pins = { ...PINS[agents], ...(livekit === undefined ? {} : { livekit }) };
  return { 'livekit-agents': agents, ...pins };
}

/** The virtual environment of a spec, in the cache. */
export function folderOf(spec: TargetSpec, cacheDir: string): string {
  const { 'livekit-agents': agents } = requirementsOf(spec);
  const { livekit } = spec.variants;
  return join(
    cacheDir,
    'livekit-agents',
    livekit === undefined ? `${agents}` : `${agents}+livekit${livekit}`,
  );
}

export async function install(spec: TargetSpec, ctx: SetupContext): Promise<void> {
  const folder = folderOf(spec, ctx.cacheDir);
  const requirements = requirementsOf(spec);
  const names = Object.entries(requirements).map(([name, version]) => `${name} ${version}`);
  await pipInstall({
    folder,
    requirements,
    signal: ctx.signal,
    onStart: () => ctx.log(`installing ${names.join(', ')}`),
  });
}

/** Versions of LiveKit's packages that are really there, read from the environment. */
export function installedVersions(folder: string): Record<string, string> {
  const lib = join(folder, 'lib');
  const versions: Record<string, string> = {};
  for (const python of readdirSync(lib).filter((name) => name.startsWith('python'))) {
    versions.python = python.slice('python'.length);
    for (const name of readdirSync(join(lib, python, 'site-packages'))) {
      const found = /^(livekit[\w]*)-([^-]+)\.dist-info$/.exec(name);
      if (found !== null) versions[(found[1] ?? '').replaceAll('_', '-')] = found[2] ?? '';
    }
  }
  return versions;
}
