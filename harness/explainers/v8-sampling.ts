import type { ExplainFinding } from '../contracts/explain.ts';
import type { V8Runtime } from '../contracts/runtimes.ts';
import { defineExplainer } from '../define.ts';
import { formatAmount } from '../lib/format.ts';

/** A sample for so many bytes that are allocated, on average. */
const INTERVAL_BYTES = 16 * 1024;
const mostStacks = 4;
const mostFrames = 8;

interface ProfileNode {
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    readonly lineNumber: number;
  };
  readonly selfSize: number;
  readonly children: readonly ProfileNode[];
}

interface Stack {
  readonly frames: readonly string[];
  readonly bytes: number;
}

/** Where the bytes that survived were allocated: says who makes it, not who keeps it. */
export default defineExplainer({
  id: 'v8-sampling',
  title: 'where surviving JavaScript objects were allocated',
  cost: 'almost nothing: one allocation in 16 KiB is noted',
  perturbs: false,
  supports: (ctx) => ctx.runtimes.some(({ kind }) => kind === 'v8'),
  async start() {
    const stacks: Stack[] = [];
    let from = 0;
    let cycles = 0;
    return {
      async look(at) {
        for (const { protocol } of at.runtimes.filter(
          (one): one is V8Runtime => one.kind === 'v8',
        )) {
          if (at.kind === 'start') {
            from = at.cycle;
            await protocol.send('HeapProfiler.startSampling', { samplingInterval: INTERVAL_BYTES });
          }
          if (at.kind !== 'confirm' || from === 0) continue;
          cycles = at.cycle - from;
          const { profile } = (await protocol.send('HeapProfiler.stopSampling')) as {
            profile: { head: ProfileNode };
          };
          stacks.push(...stacksOf(profile.head));
        }
      },
      async conclude() {
        if (cycles === 0) return { problems: [], findings: [] };
        const largest = stacks.toSorted((a, b) => b.bytes - a.bytes).slice(0, mostStacks);
        return { problems: [], findings: largest.map((stack) => toFinding(stack, cycles)) };
      },
    };
  },
});

function stacksOf(node: ProfileNode, above: readonly string[] = []): Stack[] {
  const { functionName, url, lineNumber } = node.callFrame;
  const file =
    url
      .replace(/[?#].*$/, '')
      .split('/')
      .at(-1) ?? '';
  const frame = `${functionName || '(anonymous)'}${file === '' ? '' : `@${file}:${lineNumber + 1}`}`;
  const frames = functionName === '(root)' ? above : [frame, ...above];
  const own = node.selfSize > 0 && frames.length > 0 ? [{ frames, bytes: node.selfSize }] : [];
  return [...own, ...node.children.flatMap((child) => stacksOf(child, frames))];
}

function toFinding({ frames, bytes }: Stack, cycles: number): ExplainFinding {
  const bytesPerCycle = bytes / cycles;
  return {
    explainer: 'v8-sampling',
    state: 'hint',
    says: `about ${formatAmount(bytesPerCycle, 'bytes')} per cycle that survive are allocated in ${frames[0]}`,
    countPerCycle: null,
    bytesPerCycle,
    trace: frames.slice(0, mostFrames),
    details: [],
  };
}
