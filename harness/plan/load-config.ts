import { existsSync, readFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse as parseYaml } from 'yaml';
import { type Config, configSchema } from '../contracts/config.ts';
import { TidemarkError } from '../contracts/errors.ts';
import { nearest } from '../lib/nearest.ts';

const NAMES = ['mjs', 'js', 'json', 'yaml', 'yml'].map((ending) => `tidemark.config.${ending}`);

async function readAny(file: string): Promise<unknown> {
  try {
    const ending = extname(file);
    if (ending === '.json') return JSON.parse(readFileSync(file, 'utf8'));
    if (ending === '.yaml' || ending === '.yml') return parseYaml(readFileSync(file, 'utf8'));
    const module: { default?: unknown } = await import(pathToFileURL(file).href);
    return module.default;
  } catch (cause) {
    const why = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new TidemarkError('config', `config ${file} cannot be read: ${why}`, { cause });
  }
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
  throw new TidemarkError('config', `${where}: ${key}: ${issue?.message ?? 'not valid'}`, {
    hint: 'npx tidemark run --help shows what each setting takes',
  });
}

/** Loads the named config, or the first `tidemark.config.*` of the folder, or nothing. */
export async function loadConfig(file: string | undefined, folder: string): Promise<Config> {
  const named =
    file === undefined
      ? NAMES.map((name) => join(folder, name)).find(existsSync)
      : resolve(folder, file);
  if (named === undefined) return {};
  if (!existsSync(named)) {
    throw new TidemarkError('config', `config ${file} does not exist`, {
      hint: 'check the path after --config',
    });
  }
  return checkConfig(await readAny(named), file ?? named.slice(folder.length + 1));
}
