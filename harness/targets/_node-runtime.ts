import type { V8Runtime } from '../contracts/runtimes.ts';
import type { InspectorClient } from '../lib/inspector-client.ts';
import { sleep } from '../lib/sleep.ts';

/** Between two collections: finalizers run as tasks of their own, and free what the second one then finds. */
const FINALIZER_MS = 10;

/** V8 through its inspector, without enabling a domain. */
export function nodeRuntime(pid: number, inspector: InspectorClient): V8Runtime {
  return {
    kind: 'v8',
    pid,
    protocol: inspector,
    async collectGarbage() {
      // V8 keeps the last 1,000 lines that were logged, with every object in them, for whoever may open a console.
      await inspector.send('Runtime.discardConsoleEntries');
      await inspector.send('HeapProfiler.collectGarbage');
      await sleep(FINALIZER_MS);
      await inspector.send('HeapProfiler.collectGarbage');
    },
    async heapUsage() {
      const usage = (await inspector.send('Runtime.getHeapUsage')) as {
        usedSize: number;
        totalSize: number;
      };
      return { usedBytes: Math.round(usage.usedSize), totalBytes: Math.round(usage.totalSize) };
    },
  };
}
