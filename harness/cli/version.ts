import { readFileSync } from 'node:fs';

function readVersion(): string {
  // The built file lies two folders deeper than the source.
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      const manifest = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as {
        version: string;
      };
      return manifest.version;
    } catch {
      // Not here: the other place has it.
    }
  }
  return 'unknown';
}

export const VERSION = readVersion();
