import type { V8Runtime } from '../contracts/runtimes.ts';
import { defineProbe } from '../define.ts';

/** What a page holds, counted by the engine: documents, DOM nodes and event listeners that are not collected yet. */
export default defineProbe({
  id: 'dom-counters',
  title: 'documents, nodes and listeners of pages',
  cost: 'cheap',
  metrics: ['count.documents', 'count.nodes', 'count.listeners'],
  supports: (ctx) => ctx.runtimes.some((runtime) => runtime.kind === 'v8' && runtime.isPage),
  async sample(ctx) {
    const counts = { documents: 0, nodes: 0, listeners: 0 };
    const pages = ctx.runtimes.filter((each): each is V8Runtime => each.kind === 'v8');
    for (const { protocol } of pages.filter(({ isPage }) => isPage)) {
      const seen = (await protocol.send('Memory.getDOMCounters')) as {
        documents: number;
        nodes: number;
        jsEventListeners: number;
      };
      counts.documents += seen.documents;
      counts.nodes += seen.nodes;
      counts.listeners += seen.jsEventListeners;
    }
    return {
      values: {
        'count.documents': counts.documents,
        'count.nodes': counts.nodes,
        'count.listeners': counts.listeners,
      },
    };
  },
});
