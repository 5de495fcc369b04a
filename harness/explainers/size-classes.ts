import { defineExplainer } from '../define.ts';
import { formatAmount, grouped } from '../lib/format.ts';
import { walkHeap } from '../native/walk-heap.ts';
import { keyCounts } from './_growing-keys.ts';

const TRIES = 5;
const mostShown = 12;
/** Less than this is told as a hint: some chunk sizes creep in any program. */
const NEWS_BYTES = 4096;

/** Sizes of the malloc chunks of which there are more after every block: objects without a symbol, by their sizes. */
export default defineExplainer({
  id: 'size-classes',
  title: 'malloc chunks that grow, by size',
  cost: 'reads the whole native heap from outside: about 0.1 s for 100 MB',
  perturbs: false,
  supports: (ctx) => ctx.allocator.startsWith('glibc'),
  async start() {
    const counts = keyCounts();
    return {
      async look(at) {
        const found = new Map<string, number>();
        for (const { pid, role } of at.processes) {
          const reading = await walkHeap(pid, {
            stop: 'if-inconsistent',
            census: true,
            tries: TRIES,
          });
          if (reading.state === 'refused') throw new Error(`${role}: ${reading.refusal.reason}`);
          for (const { sizeBytes, count } of reading.walk.census)
            found.set(String(sizeBytes), (found.get(String(sizeBytes)) ?? 0) + count);
        }
        counts.add(at, found);
      },
      async conclude() {
        const growing = counts
          .growing()
          .filter(({ state }) => state === 'growing')
          .map(({ key, countPerCycle }) => ({ bytes: Number(key), countPerCycle }))
          .sort((a, b) => b.bytes * b.countPerCycle - a.bytes * a.countPerCycle);
        if (growing.length === 0) return { problems: [], findings: [] };
        const bytesPerCycle = growing.reduce((sum, one) => sum + one.bytes * one.countPerCycle, 0);
        const shown = growing
          .slice(0, mostShown)
          .map(({ bytes, countPerCycle }) => `${grouped(bytes)} B x ${countPerCycle.toFixed(2)}`);
        const says = `malloc chunks that a cycle adds, ${formatAmount(bytesPerCycle, 'bytes')} in all: ${shown.join(', ')}`;
        const state = bytesPerCycle < NEWS_BYTES ? ('hint' as const) : ('growing' as const);
        const finding = { explainer: 'size-classes', state, says };
        const rest = { countPerCycle: null, bytesPerCycle, trace: [], details: [] };
        return { problems: [], findings: [{ ...finding, ...rest }] };
      },
    };
  },
});
