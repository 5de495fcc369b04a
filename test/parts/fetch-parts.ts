import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A file that is there when fetching has ended, whether everything was had or not. */
    readonly partsFetched: string;
  }
}

const DIST = resolve(import.meta.dirname, '../../dist');

/**
 * Begins to fetch what the real parts' tests need, while other tests run: building LiveKit's server takes four minutes
 * of CPU time. At low priority, so that no time-out of a test sees it.
 */
export default function fetchParts({ provide }: TestProject): () => Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-parts-'));
  const file = join(folder, 'fetched');
  const script = [process.execPath, join(import.meta.dirname, '_fetch.mjs'), DIST];
  const child = spawn('nice', ['-n', '5', ...script], { stdio: ['pipe', 'ignore', 'inherit'] });
  const done = once(child, 'exit')
    // Each test fetches what is still missing, and tells why it cannot.
    .catch((error) => process.stderr.write(`parts of the tests: ${error.message}\n`))
    .then(() => writeFileSync(file, ''));
  provide('partsFetched', file);
  return async () => {
    child.stdin.end();
    await done;
    rmSync(folder, { recursive: true, force: true });
  };
}
