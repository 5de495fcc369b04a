import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import { type Config, configSchema } from '../contracts/config.ts';
import { TidemarkError } from '../contracts/errors.ts';
import { describeLoadError, loadModule } from '../lib/load-module.ts';
import { nearest } from '../lib/nearest.ts';

const NAMES = ['ts', 'mts', 'mjs', 'js', 'json', 'yaml', 'yml'].map(
  (ending) => `tidemark.config.${ending}`,
);

function missingDefault(): never {
  throw new Error('it has no default export; write export default defineConfig({ ... })');
}

async function readAny(file: string): Promise<unknown> {
  try {
    const ending = extname(file);
    if (ending === '.json') return JSON.parse(readFileSync(file, 'utf8'));
    if (ending === '.yaml' || ending === '.yml') {
      return (await import('yaml')).parse(readFileSync(file, 'utf8'));
    }
    return (await loadModule(file)).default ?? missingDefault();
  } catch (cause) {
    const why = describeLoadError(cause, dirname(file));
    throw new TidemarkError('config', `config ${file} cannot be read: ${why}`, { cause });
  }
}

/** What has a flag is in the help, what gates has a page. */
function hintFor(setting: PropertyKey | undefined): string {
  return ['budgets', 'overrides', 'suppressions'].includes(String(setting))
    ? 'docs/budgets.md shows what can be written'
    : 'npx tidemark run --help shows what each setting takes';
}

/** The first thing that is wrong, named by its key, with the key that was probably meant. */
export function checkConfig(value: unknown, where: string): Config {
  const parsed = configSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  if (issue?.code === 'unrecognized_keys' && issue.path.length === 0) {
    const key = issue.keys[0] ?? '';
    const guess = nearest(key, Object.keys(configSchema.shape));
    throw new TidemarkError('config', `${where}: unknown key '${key}'`, {
      hint:
        guess === undefined
          ? `known keys: ${Object.keys(configSchema.shape).join(', ')}`
          : `did you mean '${guess}'?`,
    });
  }
  const key = issue?.path.join('.') || 'config';
  const says =
    issue?.code === 'unrecognized_keys' ? `unknown key '${issue.keys[0]}'` : issue?.message;
  throw new TidemarkError('config', `${where}: ${key}: ${says ?? 'not valid'}`, {
    hint: hintFor(issue?.path[0]),
  });
}

/** The named config, or the first `tidemark.config.*` of the folder; undefined when there is none. */
export function findConfig(file: string | undefined, folder: string): string | undefined {
  if (file === undefined) return NAMES.map((name) => join(folder, name)).find(existsSync);
  const named = resolve(folder, file);
  if (existsSync(named)) return named;
  throw new TidemarkError('config', `config ${file} does not exist`, {
    hint: 'check the path after --config',
  });
}

/** Loads the named config, or the first `tidemark.config.*` of the folder, or nothing. */
export async function loadConfig(file: string | undefined, folder: string): Promise<Config> {
  const named = findConfig(file, folder);
  if (named === undefined) return {};
  return checkConfig(await readAny(named), file ?? named.slice(folder.length + 1));
}
