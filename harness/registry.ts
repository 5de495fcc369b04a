import { readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { TidemarkError } from './contracts/errors.ts';
import type { Explainer } from './contracts/explainers.ts';
import type {
  Allocator,
  Executor,
  PlugIn,
  Probe,
  Report,
  Scenario,
  Service,
  Target,
} from './contracts/plugins.ts';

export interface PlugInKinds {
  scenarios: Scenario;
  targets: Target;
  executors: Executor;
  allocators: Allocator;
  probes: Probe;
  explainers: Explainer;
  services: Service;
  reports: Report;
}
export type PlugInKind = keyof PlugInKinds;
export type Registry = { readonly [K in PlugInKind]: ReadonlyMap<string, PlugInKinds[K]> };

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** `.js` when built, `.ts` when a test runs the sources: the folder holds what this file is. */
export const EXTENSION = extname(fileURLToPath(import.meta.url));

export const PLUGIN_FOLDERS: Readonly<Record<PlugInKind, string>> = {
  scenarios: join(ROOT, 'scenarios'),
  targets: join(ROOT, 'harness/targets'),
  executors: join(ROOT, 'harness/executors'),
  allocators: join(ROOT, 'harness/allocators'),
  probes: join(ROOT, 'harness/probes'),
  explainers: join(ROOT, 'harness/explainers'),
  services: join(ROOT, 'harness/services'),
  reports: join(ROOT, 'reports'),
};

function isPlugInFile(name: string): boolean {
  return extname(name) === EXTENSION && !name.endsWith('.d.ts') && !name.startsWith('_');
}

/** Loads every plug-in of a folder. Names with `_` are private; an id must equal its file name. */
export async function loadPlugIns<T extends PlugIn>(folder: string): Promise<Map<string, T>> {
  const found = new Map<string, T>();
  for (const name of readdirSync(folder).filter(isPlugInFile).sort()) {
    const id = name.slice(0, -EXTENSION.length);
    const module: { default?: T } = await import(pathToFileURL(join(folder, name)).href);
    if (module.default === undefined || module.default.id !== id) {
      throw new TidemarkError(
        'internal',
        `plug-in ${name} must have a default export with id '${id}', it has '${module.default?.id ?? 'none'}'`,
        { hint: 'rename the file or its id: the file name is the id' },
      );
    }
    found.set(id, module.default);
  }
  return found;
}

/** Those that come with tidemark. */
export async function loadRegistry(): Promise<Registry> {
  const load = <K extends PlugInKind>(kind: K): Promise<Map<string, PlugInKinds[K]>> =>
    loadPlugIns<PlugInKinds[K]>(PLUGIN_FOLDERS[kind]);
  return {
    scenarios: await load('scenarios'),
    targets: await load('targets'),
    executors: await load('executors'),
    allocators: await load('allocators'),
    probes: await load('probes'),
    explainers: await load('explainers'),
    services: await load('services'),
    reports: await load('reports'),
  };
}
