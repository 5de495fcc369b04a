import type { ExplainFinding } from '../contracts/explain.ts';
import type { V8Runtime } from '../contracts/runtimes.ts';
import { defineExplainer } from '../define.ts';
import { formatNumber } from '../lib/format.ts';
import { type GrowingKey, keyCounts } from './_growing-keys.ts';
import { queryInstances } from './_query-instances.ts';

const mostClasses = 12;

/** Instances by class and listeners by event, exact, at the ends of blocks. */
export default defineExplainer({
  id: 'instance-counts',
  title: 'instances by class and listeners by event',
  cost: 'a look takes about 0.2 s of CPU for a heap of 8 MB and leaves 16 MB more resident memory',
  perturbs: true,
  supports: (ctx) => ctx.runtimes.some(({ kind }) => kind === 'v8'),
  async start() {
    const classes = keyCounts();
    const listeners = keyCounts();
    return {
      async look(at) {
        const all = at.runtimes.filter((one): one is V8Runtime => one.kind === 'v8');
        const counts = await Promise.all(all.map(({ protocol }) => queryInstances(protocol)));
        classes.add(at, sum(counts.map((one) => one.classes)));
        listeners.add(at, sum(counts.map((one) => one.listeners)));
      },
      async conclude() {
        const growing = classes.growing().filter(({ state }) => state === 'growing');
        const findings = [...listeners.growing().map(listenerFinding), ...classFinding(growing)];
        return { problems: [], findings };
      },
    };
  },
});

function sum(all: readonly Readonly<Record<string, number>>[]): Map<string, number> {
  const total = new Map<string, number>();
  for (const one of all)
    for (const [key, count] of Object.entries(one)) total.set(key, (total.get(key) ?? 0) + count);
  return total;
}

function listenerFinding({ key, state, countPerCycle }: GrowingKey): ExplainFinding {
  const [emitter = '', ...event] = key.split(' ');
  return {
    explainer: 'instance-counts',
    state,
    says: `${formatNumber(countPerCycle)} listeners for '${event.join(' ')}' on ${emitter} per cycle`,
    countPerCycle,
    bytesPerCycle: null,
    trace: [],
    details: [],
  };
}

function classFinding(growing: readonly GrowingKey[]): ExplainFinding[] {
  if (growing.length === 0) return [];
  const named = growing
    .slice(0, mostClasses)
    .map(({ key, countPerCycle }) => `${key} +${formatNumber(countPerCycle)}`);
  return [
    {
      explainer: 'instance-counts',
      state: 'hint',
      says: `instances that a cycle adds: ${named.join(', ')}`,
      countPerCycle: null,
      bytesPerCycle: null,
      trace: [],
      details: [],
    },
  ];
}
