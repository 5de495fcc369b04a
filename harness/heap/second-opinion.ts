import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describeExit } from '../lib/child.ts';
import { runCommand } from '../lib/child-run.ts';
import { packageFile } from '../lib/package-file.ts';

const CHILD = 'dist/harness/heap/memlab-child.js';
/** Six loads of 20 MB take about 10 s. */
const TIMEOUT_MS = 180_000;
/** `· Recorder [object](@83105):  404.2KB > 606.1KB` */
const GROWS = /^· (.+?) \[\w+\]\(@\d+\):\s+(.*)$/;
const mostNamed = 8;

/**
 * What memlab's own rules say about the same snapshots, in one sentence. It stands beside and never decides: its rules
 * look for detached DOM, and for any object whose retained size rises. Rejects with the reason when it broke.
 */
export async function secondOpinion(files: readonly string[]): Promise<string> {
  const [baseline, target, last] = [files[0], files.at(-2), files.at(-1)];
  if (baseline === undefined || target === undefined || last === undefined)
    throw new Error('memlab needs three snapshots');
  const workDir = mkdtempSync(join(tmpdir(), 'tidemark-memlab-'));
  try {
    const folder = dirname(baseline);
    const args = [packageFile(CHILD), folder, workDir, baseline, target, last];
    // What it found it prints on either stream.
    const lines: string[] = [];
    const exit = await runCommand({
      command: process.execPath,
      args,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      onLine: (line) => lines.push(line),
    });
    if (exit.code !== 0) throw new Error(`memlab ${describeExit(exit)}`);
    return summarize(lines);
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
}

function summarize(lines: readonly string[]): string {
  const leaks = lines.map((line) => /^leaks (\d+)$/.exec(line)?.[1]).find((count) => count);
  const named = lines.flatMap((line) => {
    const [, name, sizes = ''] = GROWS.exec(line.trim()) ?? [];
    return name === undefined ? [] : [`${name} (${sizes.replaceAll(' > ', ', ')})`];
  });
  const more = named.length > mostNamed ? `; and ${named.length - mostNamed} more` : '';
  const unbound = named.length === 0 ? 'nothing' : `${named.slice(0, mostNamed).join('; ')}${more}`;
  return `memlab, which does not decide here: its leak rules find ${leaks ?? '?'}, its unbound-object names ${unbound}`;
}
