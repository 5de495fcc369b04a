import type { SampleBody } from '../contracts/ledger.ts';
import { formatAmount, formatRate } from '../lib/format.ts';
import { sparkline } from '../lib/sparkline.ts';
import { judgeSoFar } from '../pipeline.ts';
import type { Observer, RunEvent } from '../run/observer.ts';

const HEARTBEAT_MS = 30_000;
const SPARK_WIDTH = 8;
/** Below this the judge says nothing, and neither does the line. */
const FEWEST_TO_JUDGE = 15;
const MS_PER_MINUTE = 60_000;

export interface ProgressOptions {
  readonly isTty: boolean;
  readonly write: (text: string) => void;
  readonly nowMs: () => number;
}

/** What moves on the line: live bytes where they can be read, anonymous memory where not. */
interface Watched {
  readonly metric: 'native.live' | 'memory.anonymous';
  readonly cycles: number[];
  readonly values: number[];
  /** Of a call that is held: when each was read, and growth is per minute. */
  readonly atMs: number[] | null;
}

function readMetric(sample: SampleBody, metric: string): number | undefined {
  for (const reading of Object.values(sample.probes)) {
    const value = reading.values[metric];
    if (value !== undefined) return value;
  }
  return undefined;
}

function watch(sample: SampleBody, watched: Watched | undefined): Watched | undefined {
  const metric =
    readMetric(sample, 'native.live') === undefined ? 'memory.anonymous' : 'native.live';
  const value = readMetric(sample, metric);
  if (value === undefined) return watched;
  const atMs = sample.checkpoint === 'joined' ? [] : null;
  const into: Watched = watched ?? { metric, cycles: [], values: [], atMs };
  if (into.metric !== metric) return into;
  into.cycles.push(sample.cycle);
  into.values.push(value);
  into.atMs?.push(sample.atMs);
  return into;
}

function slackOf(sample: SampleBody): string {
  const pinned = readMetric(sample, 'native.pinned');
  const trimmable = readMetric(sample, 'native.trimmable');
  if (pinned === undefined || trimmable === undefined) return '';
  return `slack ${formatAmount(pinned + trimmable, 'bytes')}`;
}

/** `live 26.7 MiB ▁▂▃▄▅▆▇█ · +0.402 MiB/cycle so far, growing` */
function trendOf({ metric, cycles, values, atMs }: Watched): string[] {
  const last = values.at(-1) ?? 0;
  const name = metric === 'native.live' ? 'live' : 'anonymous';
  const spark = sparkline(values, { width: SPARK_WIDTH, smallestRange: 64 * 1024 });
  const head = `${name} ${formatAmount(last, 'bytes')} ${spark}`;
  const times = atMs?.map((ms) => ms / MS_PER_MINUTE) ?? cycles;
  const span = (times.at(-1) ?? 0) - (times[0] ?? 0);
  if (span === 0) return [head];
  const per = atMs === null ? 'cycle' : 'minute';
  const slope = formatRate((last - (values[0] ?? 0)) / span, 'bytes', per);
  const shape =
    atMs !== null || values.length < FEWEST_TO_JUDGE
      ? ''
      : `, ${judgeSoFar(metric, { cycles, values })}`;
  return [head, `${slope} so far${shape}`];
}

function timeLeft(sample: SampleBody, cycles: number): string {
  if (sample.cycle < 2) return '';
  const seconds = Math.round(((sample.atMs / sample.cycle) * (cycles - sample.cycle)) / 1000);
  return seconds > 90 ? `${Math.round(seconds / 60)} min left` : `${seconds} s left`;
}

function lineOf(sample: SampleBody, cycles: number, watched: Watched | undefined): string {
  const isTail = sample.checkpoint === 'left+idle';
  const where = isTail ? 'idle tail' : `cycle ${sample.cycle}/${cycles}`;
  const trend = watched === undefined ? [] : trendOf(watched);
  const parts = [where, ...trend, slackOf(sample), isTail ? '' : timeLeft(sample, cycles)];
  return `  ${parts.filter((part) => part !== '').join(' · ')}`;
}

/** A live line on a terminal, a heartbeat every 30 s elsewhere. */
export function makeProgress({ isTty, write, nowMs }: ProgressOptions): (event: RunEvent) => void {
  let watched: Watched | undefined;
  let lastBeat = 0;
  let prefix = '';
  const line = (text: string): void => write(isTty ? `\r\u001b[2K${text}\n` : `${text}\n`);
  const sampled = (sample: SampleBody, cycles: number): void => {
    if (['left+gc', 'joined'].includes(sample.checkpoint)) watched = watch(sample, watched);
    if (!isTty && nowMs() - lastBeat < HEARTBEAT_MS) return;
    lastBeat = nowMs();
    const text = lineOf(sample, cycles, watched);
    write(isTty ? `\r\u001b[2K${prefix}${text}` : `${text}\n`);
  };
  return (event) => {
    if (event.kind === 'sampled') return sampled(event.sample, event.cycles);
    if (event.kind === 'cell-starting') {
      watched = undefined;
      lastBeat = nowMs();
      prefix = `[${event.index + 1}/${event.total}]`;
      return line(`${prefix} ${event.cell.id}`);
    }
    if (event.kind === 'retried') return line(`  cycle ${event.cycle} repeated: ${event.reason}`);
    if (event.kind === 'warning') return line(`  ${event.says}`);
    if (event.kind === 'cell-failed') {
      return line(
        event.reason === 'interrupted'
          ? `  interrupted in cycle ${event.cycle}`
          : `  broken at cycle ${event.cycle}: ${event.reason}`,
      );
    }
    if (isTty) write('\r\u001b[2K');
  };
}

/** On standard error, as a line that is written over where that is a terminal. */
export const terminalProgress = (): Observer =>
  makeProgress({
    isTty: process.stderr.isTTY === true,
    write: (text) => void process.stderr.write(text),
    nowMs: () => performance.now(),
  });
