import type { Protocol } from '../contracts/runtimes.ts';
import { within } from '../lib/within.ts';

/** `allocator dump` name -> attribute -> number, as one process told it. */
export type Allocators = ReadonlyMap<string, Readonly<Record<string, number>>>;

interface Scalar {
  readonly type: string;
  readonly value: string;
}

interface TraceEvent {
  readonly ph: string;
  readonly pid: number;
  readonly args: {
    readonly dumps?: {
      readonly allocators?: Readonly<
        Record<string, { readonly attrs?: Readonly<Record<string, Scalar>> }>
      >;
    };
  };
}

const DUMP_MS = 10_000;
const CONFIG = {
  recordMode: 'recordUntilFull',
  includedCategories: ['disabled-by-default-memory-infra'],
  excludedCategories: ['*'],
  // No dumps but the one that is asked for.
  memoryDumpConfig: { triggers: [] },
};

/**
 * One background dump of all processes of a browser, by pid. The more detailed levels add memory of their own. Tracing
 * runs for this one dump only: what it buffers is given back.
 */
export async function dumpMemory(browser: Protocol): Promise<Map<number, Allocators>> {
  const events: TraceEvent[] = [];
  const forget = browser.on('Tracing.dataCollected', (params) => {
    events.push(...(params as { value: readonly TraceEvent[] }).value);
  });
  let finish: () => void = () => undefined;
  const complete = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const forgetEnd = browser.on('Tracing.tracingComplete', () => finish());
  const work = async (): Promise<void> => {
    await browser.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: CONFIG });
    let success = false;
    try {
      const params = { levelOfDetail: 'background', deterministic: false };
      const answer = (await browser.send('Tracing.requestMemoryDump', params)) as {
        success: boolean;
      };
      success = answer.success;
    } finally {
      await browser.send('Tracing.end');
      await complete;
    }
    if (!success) throw new Error('the browser could not dump all of its processes');
  };
  try {
    await within(work(), DUMP_MS, () => new Error(`no memory dump after ${DUMP_MS / 1000} s`));
  } finally {
    forget();
    forgetEnd();
  }
  return byProcess(events);
}

function byProcess(events: readonly TraceEvent[]): Map<number, Allocators> {
  const found = new Map<number, Map<string, Readonly<Record<string, number>>>>();
  for (const { ph, pid, args } of events) {
    const allocators = ph === 'v' ? args.dumps?.allocators : undefined;
    if (allocators === undefined) continue;
    const known = found.get(pid) ?? new Map();
    for (const [name, { attrs = {} }] of Object.entries(allocators)) {
      const scalars = Object.entries(attrs).filter(([, { type }]) => type === 'scalar');
      // Numbers are written in hexadecimal.
      known.set(
        name,
        Object.fromEntries(scalars.map(([key, { value }]) => [key, parseInt(value, 16)])),
      );
    }
    found.set(pid, known);
  }
  return found;
}
