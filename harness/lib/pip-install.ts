import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TidemarkError } from '../contracts/errors.ts';
import { findExecutable } from './child.ts';
import { runCommand } from './child-run.ts';
import { makeFolder } from './downloader.ts';
import { nearestVersions } from './nearest-version.ts';

export interface PipInstall {
  /** Virtual environment that appears when the installation is done. */
  readonly folder: string;
  /** Package -> exact version. */
  readonly requirements: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Called when there is something to install. */
  readonly onStart?: () => void;
}

const PYTHON = 'python3';

/** The interpreter of a virtual environment. */
export const pythonOf = (folder: string): string => join(folder, 'bin', 'python');

/** A virtual environment of its own with exactly these packages, and what they ask for. */
export async function pipInstall(options: PipInstall): Promise<void> {
  // Its interpreter is a link to the system's, which may have been updated away.
  if (existsSync(pythonOf(options.folder))) return;
  if (findExecutable(PYTHON) === null) {
    throw new TidemarkError('setup', 'python3 is not installed', {
      hint: 'install Python 3.9 or newer with its venv module (Debian: python3-venv)',
    });
  }
  options.onStart?.();
  await makeFolder(options.folder, async (temporary) => {
    await makeEnvironment(temporary, options.signal);
    await install(temporary, options);
  });
}

async function makeEnvironment(folder: string, signal: AbortSignal): Promise<void> {
  const args = ['-m', 'venv', folder];
  const { code, tail } = await runCommand({
    command: PYTHON,
    args,
    env: pythonEnvironment(),
    signal,
  });
  if (code === 0) return;
  throw new TidemarkError('setup', `python3 -m venv failed: ${tail.split('\n').at(-1)}`, {
    hint: 'install the venv module of your Python (Debian: python3-venv)',
  });
}

async function install(folder: string, { requirements, signal }: PipInstall): Promise<void> {
  const wanted = Object.entries(requirements).map(([name, version]) => `${name}==${version}`);
  const args = ['-m', 'pip', 'install', '--no-input', '--disable-pip-version-check', '--quiet'];
  const lines: string[] = [];
  const { code } = await runCommand({
    command: pythonOf(folder),
    args: [...args, ...wanted],
    env: pythonEnvironment(),
    signal,
    onLine: (line) => lines.push(line),
  });
  if (code !== 0) throw explainPip(lines.join('\n'), requirements);
}

/** Without what would let other packages in. */
function pythonEnvironment(): NodeJS.ProcessEnv {
  const { PYTHONPATH: _, PYTHONHOME: __, ...rest } = process.env;
  return rest;
}

/** pip's own words, with the versions there are when one does not exist. */
export function explainPip(
  output: string,
  requirements: Readonly<Record<string, string>>,
): TidemarkError {
  const missing = /satisfies the requirement ([\w.-]+)==(\S+) \(from versions: ([^)]*)\)/.exec(
    output,
  );
  if (missing !== null) {
    const [, name = '', version = '', versions = ''] = missing;
    const there = versions.split(', ').filter((each) => /^\d/.test(each));
    if (there.length > 0) {
      return new TidemarkError('usage', `${name} has no version ${version}`, {
        hint: `the nearest there are: ${nearestVersions(version, there).join(', ')}`,
      });
    }
  }
  const names = Object.entries(requirements).map(([name, version]) => `${name}==${version}`);
  const conflict = /^\s*(\S.* depends on .*)$/m.exec(output)?.[1];
  if (/ResolutionImpossible|conflicting dependencies/.test(output)) {
    return new TidemarkError('usage', `${names.join(' and ')} do not go together`, {
      ...(conflict === undefined ? {} : { hint: conflict }),
    });
  }
  const last = output.split('\n').findLast((line) => line.startsWith('ERROR:'));
  return new TidemarkError('setup', `pip install ${names.join(' ')} failed: ${last ?? output}`, {
    hint: 'check that the package index can be reached, then run `tidemark setup` again',
  });
}
