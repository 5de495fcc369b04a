import type { SampleBody } from '../contracts/ledger.ts';
import type { RunEvent } from '../run/observer.ts';

const HEARTBEAT_MS = 30_000;
const MIB = 1024 ** 2;

export interface ProgressOptions {
  readonly isTty: boolean;
  readonly write: (text: string) => void;
  readonly nowMs: () => number;
}

function readMetric(sample: SampleBody, metric: string): number | undefined {
  for (const reading of Object.values(sample.probes)) {
    const value = reading.values[metric];
    if (value !== undefined) return value;
  }
  return undefined;
}

/** What moves on the progress line: live bytes where they can be read, anonymous memory where not. */
function headline(sample: SampleBody, first: SampleBody): string {
  const metric =
    readMetric(sample, 'native.live') === undefined ? 'memory.anonymous' : 'native.live';
  const now = readMetric(sample, metric);
  const before = readMetric(first, metric);
  if (now === undefined || before === undefined) return '';
  const name = metric === 'native.live' ? 'live' : 'anonymous';
  const cycles = sample.cycle - first.cycle;
  const perCycle =
    cycles > 0 ? `, ${((now - before) / cycles / MIB).toFixed(3)} MiB per cycle so far` : '';
  return `${name} ${(now / MIB).toFixed(1)} MiB${perCycle}`;
}

function timeLeft(sample: SampleBody, cycles: number): string {
  if (sample.cycle < 2) return '';
  const seconds = Math.round(((sample.atMs / sample.cycle) * (cycles - sample.cycle)) / 1000);
  return seconds > 90 ? `${Math.round(seconds / 60)} min left` : `${seconds} s left`;
}

/** A live line on a terminal, a heartbeat every 30 s elsewhere. */
export function makeProgress({ isTty, write, nowMs }: ProgressOptions): (event: RunEvent) => void {
  let first: SampleBody | undefined;
  let lastBeat = 0;
  let prefix = '';
  const line = (text: string): void => write(isTty ? `\r\u001b[2K${text}\n` : `${text}\n`);
  const sampled = (sample: SampleBody, cycles: number): void => {
    if (sample.checkpoint === 'left+gc') first ??= sample;
    const isTail = sample.checkpoint === 'left+idle';
    const where = isTail ? 'idle tail' : `cycle ${sample.cycle}/${cycles}`;
    const parts = [
      where,
      headline(sample, first ?? sample),
      isTail ? '' : timeLeft(sample, cycles),
    ];
    const text = `  ${parts.filter((part) => part !== '').join(' · ')}`;
    if (isTty) write(`\r\u001b[2K${prefix}${text}`);
    else if (nowMs() - lastBeat >= HEARTBEAT_MS) {
      lastBeat = nowMs();
      write(`${text}\n`);
    }
  };
  return (event) => {
    if (event.kind === 'sampled') return sampled(event.sample, event.cycles);
    if (event.kind === 'cell-starting') {
      first = undefined;
      lastBeat = nowMs();
      prefix = `[${event.index + 1}/${event.total}]`;
      return line(`${prefix} ${event.cell.id}`);
    }
    if (event.kind === 'retried') return line(`  cycle ${event.cycle} repeated: ${event.reason}`);
    if (event.kind === 'warning') return line(`  ${event.says}`);
    if (event.kind === 'cell-failed')
      return line(`  broken at cycle ${event.cycle}: ${event.reason}`);
    if (isTty) write('\r\u001b[2K');
  };
}
