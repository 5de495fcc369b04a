import { packageFile } from './package-file.ts';

/**
 * Imports a file that a user wrote, in TypeScript or JavaScript. `tidemark` resolves to this very installation, also where
 * the project has none of its own (`npx tidemark`). Only the harness loads files this way, never a process that is measured.
 */
export async function loadModule(file: string): Promise<Readonly<Record<string, unknown>>> {
  // Loaded only where there is something to compile: the compiler is 2 MB.
  const { createJiti } = await import('jiti');
  const jiti = createJiti(import.meta.url, {
    // Nothing is left in the user's folders; a few small files are compiled in milliseconds.
    fsCache: false,
    interopDefault: false,
    alias: { tidemark: packageFile('dist/harness/api.js') },
  });
  const module: unknown = await jiti.import(file);
  return typeof module === 'object' && module !== null
    ? (module as Readonly<Record<string, unknown>>)
    : {};
}

/** What went wrong while a module was loaded, on one line; `root` is left out of the paths in it. */
export function describeLoadError(cause: unknown, root: string): string {
  if (!(cause instanceof Error)) return String(cause);
  const text = cause.message.split('\nRequire stack:')[0] ?? '';
  const said = text.replaceAll(`${root}/`, '').replaceAll(/\s+/g, ' ').trim();
  return said === '' ? cause.name : said;
}
