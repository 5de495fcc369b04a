import { relative, resolve } from 'node:path';
import type { Config } from './contracts/config.ts';
import { TidemarkError } from './contracts/errors.ts';
import type { PlugIn } from './contracts/plugins.ts';
import { packageFile } from './lib/package-file.ts';
import { findConfig, loadConfig } from './plan/load-config.ts';
import {
  EXTENSION,
  loadRegistry,
  PLUGIN_FOLDERS,
  type PlugInKind,
  type Registry,
} from './registry.ts';
import {
  clash,
  leftAlone,
  loadUserPlugIns,
  type ProjectFolders,
  projectRoots,
  type UserPlugIn,
} from './user-plug-ins.ts';

/** What a project brings: its config file, and plug-ins beside those of tidemark. */
export interface Project {
  readonly config: Config;
  readonly folders: ProjectFolders;
  readonly registry: Registry;
  readonly userPlugIns: readonly UserPlugIn<PlugInKind>[];
}

const ALL_KINDS = Object.keys(PLUGIN_FOLDERS) as PlugInKind[];

export interface ProjectOptions {
  readonly cwd: string;
  /** Named by `--config`; without it `tidemark.config.*` is looked for in `cwd`. */
  readonly configFile?: string | undefined;
}

/** Finds and loads the config of a project and its plug-ins. */
export async function loadProject({ cwd, configFile }: ProjectOptions): Promise<Project> {
  const folders = { roots: projectRoots(findConfig(configFile, cwd), cwd), cwd };
  return { config: await loadConfig(configFile, cwd), folders, ...(await loadPlugIns(folders)) };
}

/** The plug-ins of tidemark and of a project, as one registry; `kinds` limits what is loaded of the project. */
export async function loadPlugIns(
  folders: ProjectFolders,
  kinds: readonly PlugInKind[] = ALL_KINDS,
): Promise<Pick<Project, 'registry' | 'userPlugIns'>> {
  const builtIn = await loadRegistry();
  const userPlugIns = await loadUserPlugIns(folders, kinds);
  const registry = Object.fromEntries(
    ALL_KINDS.map((kind) => {
      const own = userPlugIns.filter((plugIn) => plugIn.kind === kind);
      for (const { id, path } of own) {
        if (builtIn[kind].has(id))
          throw clash(kind, id, [relative(folders.cwd, path), builtInFile(kind, id)]);
      }
      const entries = own.map(({ id, plugIn }): [string, PlugIn] => [id, plugIn]);
      return [kind, new Map([...builtIn[kind], ...entries])];
    }),
  ) as unknown as Registry;
  return { registry, userPlugIns };
}

/**
 * Every plug-in, for a process that goes on with a stored plan: from the folders it is told, else from those that belong to
 * where it is started.
 */
export async function loadHere(roots: readonly string[] = []): Promise<Registry> {
  const cwd = process.cwd();
  const given = roots.length > 0 ? roots : projectRoots(findConfig(undefined, cwd), cwd);
  return (await loadPlugIns({ roots: given, cwd })).registry;
}

/** What judging a stored run again needs of a project: nothing but its reports, so that nothing else of it can be in the way. */
export async function loadReports(cwd: string): Promise<Registry> {
  const folders = { roots: projectRoots(findConfig(undefined, cwd), cwd), cwd };
  return (await loadPlugIns(folders, ['reports'])).registry;
}

/** As a person finds it: from the folder that `tidemark` is installed in. */
function builtInFile(kind: PlugInKind, id: string): string {
  const root = packageFile('package.json').replace(/package\.json$/, '');
  return `tidemark's own ${relative(root, resolve(PLUGIN_FOLDERS[kind], id))}${EXTENSION}`;
}

/** Says so when a plug-in that was asked for lies there, but is not taken for one. */
export function requireTaken(
  config: Config,
  { folders, registry }: Pick<Project, 'folders' | 'registry'>,
): void {
  const asked: readonly [PlugInKind, readonly string[] | undefined][] = [
    ['scenarios', config.scenarios],
    ['targets', config.targets?.map((text) => text.replace(/[@+].*$/, ''))],
    ['executors', config.executors],
    ['allocators', config.allocators],
    ['reports', config.reports],
  ];
  for (const [kind, names] of asked) {
    for (const name of names ?? []) {
      const file = registry[kind].has(name) ? undefined : leftAlone(folders, kind, name);
      if (file === undefined) continue;
      throw new TidemarkError(
        'usage',
        `${file} imports nothing from 'tidemark', so it is not taken for a plug-in`,
        { hint: "import the function that defines it: import { ... } from 'tidemark'" },
      );
    }
  }
}
