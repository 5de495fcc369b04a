import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TidemarkError } from '../contracts/errors.ts';
import { findExecutable } from './child.ts';
import { runCommand } from './child-run.ts';
import { makeFolder } from './downloader.ts';

export interface NpmInstall {
  /** Folder that appears when the installation is done. */
  readonly folder: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly overrides?: Readonly<Record<string, string>>;
  /** Looks at the result before it appears; throws when it is not what was asked for. */
  readonly verify?: (temporary: string) => Promise<void>;
  readonly signal: AbortSignal;
}

const FLAGS = ['--no-audit', '--no-fund', '--no-progress', '--no-update-notifier'];

/** Installs packages into a folder of their own; runs none of their scripts. */
export async function npmInstall(options: NpmInstall): Promise<void> {
  const { dependencies, overrides = {} } = options;
  await makeFolder(options.folder, async (temporary) => {
    const manifest = { private: true, dependencies, overrides };
    await writeFile(join(temporary, 'package.json'), JSON.stringify(manifest, null, 2));
    const { code, tail } = await npm(
      ['install', '--ignore-scripts', '--include=optional', '--loglevel=error', ...FLAGS],
      {
        cwd: temporary,
        signal: options.signal,
      },
    );
    if (code !== 0) {
      const names = Object.entries(dependencies).map(([name, version]) => `${name}@${version}`);
      throw failed(`npm install ${names.join(' ')}`, tail);
    }
    await options.verify?.(temporary);
  });
}

/** Every published version of a package, in the registry's order. */
export async function npmVersions(name: string, signal: AbortSignal): Promise<string[]> {
  const args = ['view', name, 'versions', '--json', '--loglevel=error', ...FLAGS];
  const { code, stdout, tail } = await npm(args, { cwd: tmpdir(), signal });
  if (code !== 0) throw failed(`npm view ${name} versions`, tail);
  const versions: unknown = JSON.parse(stdout);
  return Array.isArray(versions) ? versions.map(String) : [String(versions)];
}

async function npm(args: readonly string[], where: { cwd: string; signal: AbortSignal }) {
  if (findExecutable('npm') === null) {
    throw new TidemarkError('setup', 'npm was not found', {
      hint: 'install npm, or add it to PATH',
    });
  }
  return await runCommand({ command: 'npm', args, env: npmEnvironment(), ...where });
}

/** Left by an enclosing `npm run`: would apply the outer project's place and choices to this installation. */
const OUTER =
  /^(npm_(package|lifecycle)_.*|npm_config_(global|location|prefix|local_prefix|dry_run|omit|only|include|workspaces?|package_lock_only)|NODE_OPTIONS)$/i;

function npmEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !OUTER.test(name)));
}

function failed(what: string, tail: string): TidemarkError {
  const lines = tail.split('\n').filter((line) => line.startsWith('npm error'));
  const reason = lines
    .map((line) => line.replace(/^npm error /, ''))
    .find((line) => line.length > 12);
  return new TidemarkError('setup', `${what} failed: ${reason ?? tail.split('\n').at(-1)}`, {
    hint: 'check that the npm registry can be reached, then run `tidemark setup` again',
  });
}
