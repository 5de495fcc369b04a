import type { V8Runtime } from '../contracts/runtimes.ts';
import { defineProbe } from '../define.ts';

/** The V8 heap after garbage collection, asked through the inspector; nothing is loaded into the target. */
export default defineProbe({
  id: 'v8-heap',
  title: 'V8 heap after garbage collection',
  cost: 'cheap',
  metrics: ['managed.live', 'managed.committed'],
  supports: (ctx) => ctx.runtimes.some((runtime) => runtime.kind === 'v8'),
  async sample(ctx) {
    let live = 0;
    let committed = 0;
    for (const runtime of ctx.runtimes.filter((each): each is V8Runtime => each.kind === 'v8')) {
      const usage = await runtime.heapUsage();
      live += usage.usedBytes;
      committed += usage.totalBytes;
    }
    return { values: { 'managed.live': live, 'managed.committed': committed } };
  },
});
