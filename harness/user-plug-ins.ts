import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { TidemarkError } from './contracts/errors.ts';
import type { PlugInSource } from './contracts/plan.ts';
import type { PlugIn } from './contracts/plugins.ts';
import { describeLoadError, loadModule } from './lib/load-module.ts';

/** A plug-in of the user's project, and where it came from. */
export interface UserPlugIn<K extends string = string> extends PlugInSource {
  readonly kind: K;
  readonly path: string;
  readonly plugIn: PlugIn;
}

const ENDINGS = /\.[cm]?[jt]s$/;
const ID = /^[a-z0-9]+(-[a-z0-9]+)*$/;
/** A folder may be called `services` for reasons of its own: only what imports from tidemark is ever run. */
const IMPORTS_TIDEMARK = /\b(?:from|import|require)\b\s*\(?\s*['"]tidemark['"]/;

type Member = 'string' | 'function' | 'boolean' | 'list';

/** What the harness will call or read without asking again. */
const MEMBERS: Readonly<Record<string, Readonly<Record<string, Member>>>> = {
  scenarios: { description: 'string', services: 'list', needs: 'list', cycle: 'function' },
  targets: {
    capabilities: 'list',
    executors: 'list',
    check: 'function',
    ensure: 'function',
    start: 'function',
  },
  executors: { description: 'string' },
  allocators: {
    readsLiveBytes: 'boolean',
    ensure: 'function',
    environment: 'function',
    prove: 'function',
  },
  probes: { cost: 'string', metrics: 'list', supports: 'function', sample: 'function' },
  explainers: { cost: 'string', perturbs: 'boolean', supports: 'function', start: 'function' },
  services: { ensure: 'function', start: 'function' },
  reports: { render: 'function' },
};

function isA(value: unknown, member: Member): boolean {
  return member === 'list' ? Array.isArray(value) : typeof value === member;
}

function pluginFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) => ENDINGS.test(name) && !name.startsWith('_') && !/\.d\.[cm]?ts$/.test(name))
    .filter((name) => !/\.(test|spec)\.[cm]?[jt]s$/.test(name))
    .sort();
}

const importsTidemark = (file: string): boolean =>
  IMPORTS_TIDEMARK.test(readFileSync(file, 'utf8'));

const idOf = (file: string): string => basename(file).replace(ENDINGS, '');

/** Says in one line what is wrong with a loaded module; `file` as the user would write it. */
function check(kind: string, file: string, found: unknown): PlugIn {
  const id = idOf(file);
  const noun = kind.slice(0, -1);
  const refuse = (says: string, hint: string): never => {
    throw new TidemarkError('config', `${file}: ${says}`, { hint });
  };
  const define = `define${noun.slice(0, 1).toUpperCase()}${noun.slice(1)}`;
  if (typeof found !== 'object' || found === null)
    return refuse('no default export', `export default ${define}({ id: '${id}', ... })`);
  const plugIn = found as Partial<PlugIn> & Readonly<Record<string, unknown>>;
  if (!ID.test(id))
    return refuse(`'${id}' is no id`, 'name the file in lower case, words joined by -');
  if (plugIn.id !== id) {
    const own = plugIn.id === undefined ? 'the plug-in has no id' : `its id is '${plugIn.id}'`;
    return refuse(own, `the file name is the id: write id: '${id}', or rename the file`);
  }
  for (const [name, member] of Object.entries({ title: 'string' as const, ...MEMBERS[kind] })) {
    if (!isA(plugIn[name], member))
      return refuse(`'${name}' is missing`, `a ${noun} needs ${name}: a ${member}`);
  }
  return found as PlugIn;
}

async function loadOne(kind: string, path: string, cwd: string): Promise<PlugIn> {
  const file = relative(cwd, path);
  try {
    return check(kind, file, (await loadModule(path)).default);
  } catch (cause) {
    if (cause instanceof TidemarkError) throw cause;
    const why = describeLoadError(cause, cwd);
    throw new TidemarkError('config', `${file} cannot be loaded: ${why}`, { cause });
  }
}

export interface ProjectFolders {
  /** Folders whose `scenarios`, `targets`, ... are looked into. */
  readonly roots: readonly string[];
  /** What paths in messages are relative to. */
  readonly cwd: string;
}

/** The folders that may hold plug-ins: beside the config file and where the command is given, never sources of tidemark. */
export function projectRoots(configFile: string | undefined, cwd: string): string[] {
  const folders = configFile === undefined ? [cwd] : [dirname(configFile), cwd];
  const real = folders.filter(existsSync).map((folder) => realpathSync(folder));
  return [...new Set(real)].filter((folder) => !isTidemark(folder));
}

/** This installation, or another checkout: its folders have the same names and hold what is built in. */
function isTidemark(folder: string): boolean {
  const manifest = join(folder, 'package.json');
  return existsSync(manifest) && /"name":\s*"tidemark"/.test(readFileSync(manifest, 'utf8'));
}

/**
 * Loads the plug-ins of a project: every file that imports from `tidemark` in a folder named after a kind. Two of one id
 * are an error that names both files.
 */
export async function loadUserPlugIns<K extends string>(
  { roots, cwd }: ProjectFolders,
  kinds: readonly K[],
): Promise<UserPlugIn<K>[]> {
  const found = new Map<string, UserPlugIn<K>>();
  for (const { kind, root, path } of filesOf(roots, kinds)) {
    if (!importsTidemark(path)) continue;
    const plugIn = await loadOne(kind, path, cwd);
    const { id } = plugIn;
    const before = found.get(`${kind}/${id}`);
    if (before !== undefined)
      throw clash(kind, id, [relative(cwd, before.path), relative(cwd, path)]);
    found.set(`${kind}/${id}`, { kind, id, file: relative(root, path), path, plugIn });
  }
  return [...found.values()];
}

function filesOf<K extends string>(roots: readonly string[], kinds: readonly K[]) {
  return roots.flatMap((root) =>
    kinds.flatMap((kind) =>
      pluginFiles(join(root, kind)).map((name) => ({ kind, root, path: join(root, kind, name) })),
    ),
  );
}

/** Two plug-ins of one id: nobody should have to guess which of them ran. */
export function clash(kind: string, id: string, files: readonly [string, string]): TidemarkError {
  return new TidemarkError(
    'config',
    `two ${kind} are called '${id}': ${files[0]} and ${files[1]}`,
    { hint: 'rename one of them, file and id' },
  );
}

/** A file that has the asked-for name and is not a plug-in, since it imports nothing from tidemark. */
export function leftAlone(
  { roots, cwd }: ProjectFolders,
  kind: string,
  id: string,
): string | undefined {
  const file = filesOf(roots, [kind]).find(
    ({ path }) => idOf(path) === id && !importsTidemark(path),
  );
  return file === undefined ? undefined : relative(cwd, file.path);
}
