import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TidemarkError } from '../contracts/errors.ts';

/** A file of the package that is not compiled, the same from `harness/lib` and from `dist/harness/lib`. */
export function packageFile(path: string): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) {
    folder = dirname(folder);
  }
  const file = join(folder, path);
  if (existsSync(file)) return file;
  throw new TidemarkError('internal', `${path} is missing from the installed package`);
}

/** The version of this installation. */
export function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
