import type {
  ExecutorComparison,
  ExecutorRow,
  RestAndRunning,
} from '../harness/contracts/result.ts';
import {
  formatChange,
  formatNumber,
  formatSeconds,
  formatSlope,
  isKnown,
} from '../harness/lib/format.ts';

/** Cells that are alike but for the executor, as text: a row per executor. */
export interface ExecutorTable {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly says: readonly string[];
}

/** Of cycles that end, and of a call that is held. */
const WORDS = {
  cycles: { left: 'left behind per job', rest: 'at rest', unseen: 'not seen' },
  time: { left: 'growth per minute', rest: 'in the call', unseen: 'not told apart' },
} as const;
type Words = (typeof WORDS)[keyof typeof WORDS];

export function executorTable(comparison: ExecutorComparison): ExecutorTable {
  const { scenario, target, allocator, pace, rows, says } = comparison;
  const words = WORDS[pace];
  return {
    title: `${scenario} · ${target} · ${allocator}`,
    header: ['executor', words.left, 'cost while running', 'after idle', 'threads', 'processes'],
    rows: rows.map((row) => [
      row.executor,
      leftText(row),
      costText(row, words),
      idleText(row),
      restText(row.threads, words),
      processText(row, words),
    ]),
    says,
  };
}

function leftText({ leftBehind }: ExecutorRow): string {
  return leftBehind
    .filter(({ state }, i) => i === 0 || state !== 'settled')
    .map((left) => {
      const { amount, interval } = formatSlope(left, left.unit);
      const doubt = left.state === 'open' ? ' (undecided)' : '';
      const title = left.metric === 'native.live' ? '' : ` ${left.title}`;
      if (!isKnown(left.high)) return `not known yet${title}`;
      return `${amount} ${interval}${title}${doubt}`;
    })
    .join(', ');
}

function costText({ costWhileRunning }: ExecutorRow, { unseen }: Words): string {
  if (costWhileRunning === null) return unseen;
  const { amount, interval } = formatSlope(costWhileRunning, 'bytes');
  return `${amount} ${interval}`;
}

function idleText({ afterIdle, leftBehind }: ExecutorRow): string {
  const unit = leftBehind[0]?.unit ?? 'bytes';
  if (afterIdle === null) return 'no idle tail';
  return `${formatChange(afterIdle.change, unit)} in ${formatSeconds(afterIdle.seconds)}`;
}

function restText({ atRest, running }: RestAndRunning, words: Words): string {
  const rest = atRest === null ? 'not read' : `${formatNumber(atRest)} ${words.rest}`;
  return running === null ? rest : `${rest}, ${formatNumber(running)} running`;
}

/** Roles are told where there is more than the one process. */
function processText({ processes, roles }: ExecutorRow, words: Words): string {
  const named = (pick: (count: RestAndRunning) => number | null): string =>
    Object.entries(roles)
      .flatMap(([role, count]) => {
        const found = pick(count) ?? 0;
        const name = role.replaceAll('-', ' ');
        return found === 0 ? [] : [found === 1 ? name : `${formatNumber(found)} ${name}`];
      })
      .join(', ');
  const atRest = named(({ atRest: count }) => count);
  return `${restText(processes, words)}${atRest === '' ? '' : ` (${words.rest}: ${atRest})`}`;
}
