import { createReadStream, createWriteStream, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { redactSnapshot } from '../heap/redact-snapshot.ts';

/** Compresses the snapshots of a folder for their owner's eyes, or removes them with the folder. */
export async function keepFiles(
  folder: string,
  { keepSnapshots, redact }: { readonly keepSnapshots: boolean; readonly redact: boolean },
): Promise<string[]> {
  if (!keepSnapshots) {
    rmSync(folder, { recursive: true, force: true });
    return [];
  }
  const kept: string[] = [];
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.heapsnapshot'))) {
    const file = join(folder, name);
    const source = redact ? redactSnapshot(file) : createReadStream(file);
    await pipeline(source, createGzip(), createWriteStream(`${file}.gz`, { mode: 0o600 }));
    rmSync(file);
    kept.push(`${name}.gz`);
  }
  return kept;
}
