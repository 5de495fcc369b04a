import type { V8Runtime } from '../contracts/runtimes.ts';
import { defineProbe } from '../define.ts';

/** Objects of the engine that a page can leave behind, by the engine's own names. */
const COUNTS: Readonly<Record<string, string>> = {
  RTCPeerConnections: 'count.peer-connections',
  AudioHandlers: 'count.audio-nodes',
  AudioWorkletProcessors: 'count.audio-worklets',
  WorkerGlobalScopes: 'count.workers',
  Frames: 'count.frames',
  Resources: 'count.resources',
  V8PerContextDatas: 'count.contexts',
  ContextLifecycleStateObservers: 'count.lifecycle-observers',
  ArrayBufferContents: 'count.array-buffers',
  DetachedScriptStates: 'count.detached-contexts',
};
const BYTES: Readonly<Record<string, string>> = {
  JSHeapUsedSize: 'page.heap-used',
  JSHeapTotalSize: 'page.heap-total',
};

/** `Performance.getMetrics`: counters that the engine keeps anyway; enabling the domain only makes them readable. */
export default defineProbe({
  id: 'page-metrics',
  title: 'peer connections, audio nodes and other objects of pages',
  cost: 'cheap',
  metrics: [...Object.values(COUNTS), ...Object.values(BYTES)],
  supports: (ctx) => ctx.runtimes.some((runtime) => runtime.kind === 'v8' && runtime.isPage),
  async sample(ctx) {
    const values: Record<string, number> = {};
    const pages = ctx.runtimes.filter((each): each is V8Runtime => each.kind === 'v8');
    for (const { protocol } of pages.filter(({ isPage }) => isPage)) {
      await protocol.send('Performance.enable');
      const { metrics } = (await protocol.send('Performance.getMetrics')) as {
        metrics: readonly { name: string; value: number }[];
      };
      for (const { name, value } of metrics) {
        const id = COUNTS[name] ?? BYTES[name];
        if (id !== undefined) values[id] = (values[id] ?? 0) + Math.round(value);
      }
    }
    return { values };
  },
});
