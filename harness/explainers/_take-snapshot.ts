import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { TidemarkError } from '../contracts/errors.ts';
import type { Protocol, V8Runtime } from '../contracts/runtimes.ts';
import { formatAmount } from '../lib/format.ts';
import { residentBytes } from '../lib/proc.ts';
import { within } from '../lib/within.ts';

/** Measured: 1.1 GB more resident memory for a heap of 110 MB. */
const RESIDENT_PER_HEAP = 10;
const SLACK_MS = 120_000;
/** Streams its chunks to a file; the time a snapshot may take grows with the heap. */
export async function takeSnapshot(protocol: Protocol, file: string): Promise<void> {
  const fd = openSync(file, 'w', 0o600);
  let failed: unknown = null;
  const off = protocol.on('HeapProfiler.addHeapSnapshotChunk', (params) => {
    try {
      writeSync(fd, (params as { chunk: string }).chunk);
    } catch (error) {
      failed ??= error;
    }
  });
  try {
    await within(
      protocol.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false }),
      SLACK_MS * 5,
      () => new Error('the heap snapshot did not end'),
    );
  } finally {
    off();
    closeSync(fd);
  }
  if (failed === null) return;
  rmSync(file, { force: true });
  throw new TidemarkError('setup', `the heap snapshot could not be written: ${String(failed)}`);
}

/** Throws, with a sentence, when the snapshot would not fit into the memory there is. */
export async function refuseSnapshot(runtime: V8Runtime, limitBytes: number): Promise<void> {
  const { usedBytes } = await runtime.heapUsage();
  const room = Math.min(availableBytes(), limitBytes - residentBytes(runtime.pid));
  const wanted = usedBytes * RESIDENT_PER_HEAP;
  if (wanted <= room) return;
  const heap = formatAmount(usedBytes, 'bytes');
  throw new TidemarkError(
    'setup',
    `no heap snapshot of ${heap} was taken: it can take ${formatAmount(wanted, 'bytes')} of memory, and there are ${formatAmount(Math.max(0, room), 'bytes')} (--memory-limit of the run, or the machine's)`,
  );
}

function availableBytes(): number {
  const found = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
  return found === undefined ? Number.POSITIVE_INFINITY : Number(found) * 1024;
}
