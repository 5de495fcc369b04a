import type { Pace } from '../contracts/plan.ts';
import type { Estimate, ExecutorRow, LeftBehind } from '../contracts/result.ts';
import { formatAmount, formatSlope, isKnown } from '../lib/format.ts';

/** What two executors leave behind of one metric. */
interface Pair {
  readonly a: LeftBehind;
  readonly b: LeftBehind;
}

/** One sentence per pair of executors: what switching would buy, and what it would hide. */
export function saySwitches(rows: readonly ExecutorRow[], pace: Pace): string[] {
  const inlineLeaks = rows.some(
    ({ executor, leftBehind }) =>
      executor === 'inline' && leftBehind.some(({ state }) => state === 'grows'),
  );
  return rows.flatMap((from, i) =>
    rows.slice(i + 1).map((to) => saySwitch({ from, to, inlineLeaks, pace })),
  );
}

interface Switch {
  readonly from: ExecutorRow;
  readonly to: ExecutorRow;
  /** A job that leaks in the main loop leaks by itself: no way of hosting it is to blame. */
  readonly inlineLeaks: boolean;
  readonly pace: Pace;
}

function saySwitch({ from, to, inlineLeaks, pace }: Switch): string {
  const pairs = from.leftBehind.flatMap((a): Pair[] => {
    const b = to.leftBehind.find(({ metric }) => metric === a.metric);
    return b === undefined ? [] : [{ a, b }];
  });
  const having = (a: LeftBehind['state'], b: LeftBehind['state']): Pair[] =>
    pairs.filter((pair) => pair.a.state === a && pair.b.state === b);
  const per = pace === 'time' ? 'per minute of the call' : 'per job';
  const found = {
    gone: having('grows', 'settled'),
    added: having('settled', 'grows'),
    stays: having('grows', 'grows'),
    open: pairs.filter(({ a, b }) => a.state === 'open' || b.state === 'open'),
  };
  // In a held call no job has ended yet: nothing can be hidden by its end.
  const hides = found.gone.length > 0 && to.executor === 'process' && pace === 'cycles';
  return [
    whatChanges(`switching from ${from.executor} to ${to.executor}`, { ...found, pace }),
    ...(hides ? [inlineLeaks ? HIDES : MAY_HIDE] : []),
    ...found.stays.map(
      ({ a, b }) => `${a.title} grows under both, by ${figure(a, a)} and ${figure(b, b)} ${per}`,
    ),
    ...costChange(from, to),
  ].join('; ');
}

const HIDES =
  'it hides the leak, it does not end it: the process of a job takes along what the job did not give back';
const MAY_HIDE =
  'a leak of the job itself would be hidden by that, not ended: its process takes along what the job did not give back';

interface Found {
  readonly gone: readonly Pair[];
  readonly added: readonly Pair[];
  readonly stays: readonly Pair[];
  readonly open: readonly Pair[];
  readonly pace: Pace;
}

function whatChanges(what: string, { gone, added, stays, open, pace }: Found): string {
  const less = list(gone.map(({ a, b }) => named(difference(a, b), a)));
  const more = list(added.map(({ a, b }) => named(difference(b, a), b)));
  const isHeld = pace === 'time';
  const where = isHeld ? 'per minute of the call' : 'behind per job';
  const changes = [
    ...(less === '' ? [] : [`${less} less ${where}`]),
    ...(more === '' ? [] : [`${more} more ${where}`]),
  ];
  const titles = list(open.map(({ a }) => a.title));
  const doubt = titles === '' ? '' : `; this run cannot tell what it would do to ${titles}`;
  if (changes.length > 0)
    return `${what} would ${isHeld ? 'add' : 'leave'} ${changes.join(' and ')}${doubt}`;
  if (stays.length > 0) return `${what} would not end the growth${doubt}`;
  return titles === ''
    ? `${what} would buy nothing: neither ${isHeld ? 'adds more while the call is held' : 'leaves behind more'} than the budget allows`
    : `this run cannot tell what ${what} would do to ${titles}`;
}

const list = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;

function figure(estimate: Estimate, { unit }: LeftBehind): string {
  const { amount, interval } = formatSlope(estimate, unit);
  return `${amount} ${interval}`;
}

/** `0.4 MiB [0.39, 0.41] of native live`, `1 [1, 1] threads` */
const named = (estimate: Estimate, left: LeftBehind): string =>
  `${figure(estimate, left)}${left.unit === 'bytes' ? ' of' : ''} ${left.title}`;

/** Two processes measured apart: their errors are independent and add in squares. */
function difference(a: Estimate, b: Estimate): Estimate {
  const error = Math.hypot(reachOf(a), reachOf(b));
  const value = a.value - b.value;
  return { value, low: value - error, high: value + error };
}

const reachOf = ({ value, low, high }: Estimate): number => Math.max(high - value, value - low);

function costChange(from: ExecutorRow, to: ExecutorRow): string[] {
  if (from.costWhileRunning === null || to.costWhileRunning === null) return [];
  const more = difference(to.costWhileRunning, from.costWhileRunning);
  if (!isKnown(more.low) || !isKnown(more.high)) return [];
  const less = { value: -more.value, low: -more.high, high: -more.low };
  const { amount, interval } = formatSlope(more.value < 0 ? less : more, 'bytes');
  if (more.low > 0) return [`a job costs ${amount} ${interval} more while it runs`];
  if (more.high < 0) return [`a job costs ${amount} ${interval} less while it runs`];
  const most = formatAmount(Math.max(Math.abs(more.low), Math.abs(more.high)), 'bytes');
  return [`what a job costs while it runs differs by less than ${most}`];
}
