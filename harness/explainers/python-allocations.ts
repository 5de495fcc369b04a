import type { ExplainFinding } from '../contracts/explain.ts';
import type { ManagedRuntime, PythonAllocation, PythonRuntime } from '../contracts/runtimes.ts';
import { defineExplainer } from '../define.ts';
import { formatAmount, formatChange, formatNumber } from '../lib/format.ts';
import { type GrowingKey, keyCounts } from './_growing-keys.ts';

const mostLines = 10;

/** Lines of Python whose blocks are more after every block of cycles, as people paste them. */
export default defineExplainer({
  id: 'python-allocations',
  title: 'Python allocations that grow, by line',
  cost: 'Python notes every allocation from the end of the warm-up on: it runs two to four times slower and needs more memory',
  perturbs: true,
  supports: (ctx) => ctx.runtimes.some(canTrace),
  async start() {
    const counts = keyCounts();
    let first = new Map<string, PythonAllocation>();
    let last = first;
    let cycles = 0;
    let from = 0;
    return {
      async look(at) {
        const pythons = at.runtimes.filter(canTrace);
        const what = at.kind === 'start' ? 'start' : 'read';
        const rows = await Promise.all(pythons.map((one) => one.traceAllocations?.(what) ?? []));
        if (what === 'start') return;
        last = byLine(rows.flat());
        if (first.size === 0) {
          first = last;
          from = at.cycle;
        }
        cycles = at.cycle - from;
        counts.add(at, new Map([...last].map(([key, { count }]) => [key, count])));
      },
      async conclude() {
        if (cycles === 0) return { problems: [], findings: [] };
        const growing = counts.growing().filter(({ state }) => state !== 'bounded so far');
        const findings = growing
          .map((one) => toFinding(one, { first, last, cycles }))
          .sort((a, b) => (b.bytesPerCycle ?? 0) - (a.bytesPerCycle ?? 0));
        return { problems: [], findings: findings.slice(0, mostLines) };
      },
    };
  },
});

const canTrace = (runtime: ManagedRuntime): runtime is PythonRuntime =>
  runtime.kind === 'python' && runtime.traceAllocations !== undefined;

/** Without the folders of the machine: what follows the library's folder, else the last two parts. */
function shortFile(file: string): string {
  const inLibrary = /(?:site-packages|dist-packages|lib\/python3\.\d+)\/(.*)$/.exec(file)?.[1];
  return inLibrary ?? file.split('/').slice(-2).join('/');
}

function byLine(rows: readonly PythonAllocation[]): Map<string, PythonAllocation> {
  const lines = new Map<string, PythonAllocation>();
  for (const row of rows) {
    const key = `${shortFile(row.file)}:${row.line}`;
    const known = lines.get(key);
    const bytes = row.bytes + (known?.bytes ?? 0);
    lines.set(key, { ...row, bytes, count: row.count + (known?.count ?? 0) });
  }
  return lines;
}

interface Lines {
  readonly first: ReadonlyMap<string, PythonAllocation>;
  readonly last: ReadonlyMap<string, PythonAllocation>;
  readonly cycles: number;
}

function toFinding(
  { key, state, countPerCycle }: GrowingKey,
  { first, last, cycles }: Lines,
): ExplainFinding {
  const [before, now] = [first.get(key), last.get(key)];
  const bytes = now?.bytes ?? 0;
  const change = bytes - (before?.bytes ?? 0);
  const count = now?.count ?? 0;
  const more = count - (before?.count ?? 0);
  const bytesPerCycle = change / cycles;
  return {
    explainer: 'python-allocations',
    state,
    says: `${formatNumber(countPerCycle)} blocks of Python per cycle, ${formatAmount(bytesPerCycle, 'bytes')}, are allocated at ${key} and stay`,
    countPerCycle,
    bytesPerCycle,
    trace: [
      `${key}: size=${formatAmount(bytes, 'bytes')} (${formatChange(change, 'bytes')}), count=${count} (${formatChange(more, 'count')})`,
    ],
    details: [],
  };
}
