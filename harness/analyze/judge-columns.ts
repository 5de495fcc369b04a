import { BUDGETS_PER_MINUTE, DEFAULT_BUDGETS } from '../contracts/budgets.ts';
import { TidemarkError } from '../contracts/errors.ts';
import { describeMetric } from '../contracts/measurement.ts';
import type { SeriesPoints, Trend } from '../contracts/trend.ts';
import { formatNumber } from '../lib/format.ts';
import { judgeSeries, limitOf } from './judge/judge-series.ts';
import { isWithin } from './judge-metrics.ts';
import { growthAmongMany } from './many-metrics.ts';
import { type CallTime, overTime, perMinuteOf } from './per-minute.ts';

/** A series that somebody else measured, one value per row. */
export interface Column {
  readonly metric: string;
  readonly points: SeriesPoints;
  readonly hasUnit: boolean;
}

export interface ColumnBudget {
  /** Null: for every column that it fits. */
  readonly metric: string | null;
  readonly max: number;
  /** `16KiB`: it fits no column that counts. */
  readonly isSize: boolean;
  readonly per: 'cycle' | 'minute';
}

export interface JudgedColumn {
  readonly metric: string;
  readonly unit: 'bytes' | 'count';
  readonly per: ColumnBudget['per'];
  readonly trend: Trend;
  readonly check: 'pass' | 'fail' | 'inconclusive';
}

export interface ColumnTable {
  readonly columns: readonly Column[];
  /** When each row was written, where that is known; the rows are numbered then. */
  readonly seconds: readonly number[] | null;
  readonly index: 'cycle' | 'time';
}

interface Read extends Column {
  readonly unit: 'bytes' | 'count';
  readonly budget: number;
}

const bad = (message: string, hint: string): TidemarkError =>
  new TidemarkError('usage', message, { hint });

const byDefault = (per: ColumnBudget['per']): number =>
  (per === 'minute' ? BUDGETS_PER_MINUTE : DEFAULT_BUDGETS).find(
    ({ metric }) => metric === 'native.live',
  )?.maxPerCycle ?? 0;

/**
 * Judges series from elsewhere: without a budget counts may not grow, and bytes may as native live bytes may. Several
 * columns are several looks: growth must hold among all of their kind.
 */
export function judgeColumns(
  table: ColumnTable,
  budgets: readonly ColumnBudget[],
): { readonly columns: readonly JudgedColumn[]; readonly notes: readonly string[] } {
  const per = perOf(budgets);
  checkNames(table.columns, budgets);
  const time = per === 'minute' ? timeOf(table) : null;
  const read = table.columns.map((column) => readUnit(column, budgets, per));
  const absurd = new Set(read.filter(isAbsurd).map(({ metric }) => metric));
  const judged = growthAmongMany(
    read.map(({ unit, budget, points, metric }) => {
      const limits = { budgetPerCycle: budget / (time?.cyclesPerMinute ?? 1), kind: unit };
      const series = time === null ? points : overTime(points, time);
      return {
        metric,
        unit,
        role: unit === 'count' ? ('count' as const) : ('live' as const),
        series,
        isJudged: true,
        trend: judgeSeries(series, limits),
        limit: limitOf(limits),
      };
    }),
  );
  const columns = judged.map(({ metric, unit, trend, limit }): JudgedColumn => {
    const passes = isWithin(trend, limit) && !absurd.has(metric);
    const check = trend.shape === 'growing' ? 'fail' : passes ? 'pass' : 'inconclusive';
    return { metric, unit, per, check, trend: time === null ? trend : perMinute(trend, time) };
  });
  return {
    columns,
    notes: [...unitNotes(read, budgets), ...absurdNotes(absurd), ...timeNotes(table, per)],
  };
}

function perOf(budgets: readonly ColumnBudget[]): ColumnBudget['per'] {
  const [first, ...others] = budgets;
  if (others.some(({ per }) => per !== first?.per)) {
    throw bad('--budget is given per cycle and per minute', 'write all of them in one way');
  }
  return first?.per ?? 'cycle';
}

const mostListed = 8;

const listed = (names: readonly string[]): string =>
  names.length <= mostListed
    ? names.join(', ')
    : `${names.slice(0, mostListed).join(', ')} and ${names.length - mostListed} more`;

function checkNames(columns: readonly Column[], budgets: readonly ColumnBudget[]): void {
  const names = columns.map(({ metric }) => metric);
  for (const { metric } of budgets) {
    if (metric === null || names.includes(metric)) continue;
    throw bad(`--budget: there is no column '${metric}'`, `there are: ${listed(names)}`);
  }
}

/** Time in rows of the mean length, as the slices of a call that is held. */
function timeOf({ seconds, index }: ColumnTable): CallTime {
  if (seconds === null) {
    throw index === 'cycle'
      ? bad('--budget per minute needs a time in the first column', 'write 16KiB/cycle')
      : bad('the unit of the first column is not known', 'name it elapsed_s, elapsed_ms or so');
  }
  const [first = 0, last = 0] = [seconds[0], seconds.at(-1)];
  const twice = seconds.findIndex((at, i) => at === seconds[i - 1]);
  if (twice >= 0) throw bad(`row ${twice + 1} has the time of the row before`, 'write one of them');
  const rowSeconds = (last - first) / (seconds.length - 1);
  return {
    cyclesPerMinute: 60 / rowSeconds,
    atOf: new Map(seconds.map((at, i) => [i + 1, 1 + (at - first) / rowSeconds])),
  };
}

const perMinute = (trend: Trend, time: CallTime): Trend => ({
  ...perMinuteOf(trend, time),
  reason: `${trend.reason} (A cycle is a row, ${formatNumber(time.cyclesPerMinute)} a minute.)`,
});

/** A size fits bytes only. Numbers without a unit of which none reaches it could breach nothing: they are counts. */
function readUnit(
  column: Column,
  budgets: readonly ColumnBudget[],
  per: ColumnBudget['per'],
): Read {
  const own = budgets.findLast(({ metric }) => metric === column.metric);
  const shared = budgets.findLast(({ metric }) => metric === null);
  const smallest = Math.min(byDefault('cycle'), shared?.isSize ? shared.max : Infinity);
  const counts = isCount(column) || (!column.hasUnit && isSmall(column.points, smallest));
  const said = own ?? (shared?.isSize === false ? shared : undefined);
  if (said !== undefined) {
    const { max, isSize } = said;
    return { ...column, unit: counts && !isSize ? 'count' : 'bytes', budget: max };
  }
  if (!counts) return { ...column, unit: 'bytes', budget: shared?.max ?? byDefault(per) };
  if (!isCount(column)) checkWhole(column);
  return { ...column, unit: 'count', budget: 0 };
}

const isCount = ({ metric, hasUnit }: Column): boolean =>
  !hasUnit && describeMetric(metric).unit === 'count';

const isSmall = ({ values }: SeriesPoints, limit: number): boolean =>
  values.every((value) => Math.abs(value) < limit);

/** `40.21` is neither a number of bytes nor a count: in which unit it is decides everything. */
function checkWhole({ metric, points }: Column): void {
  const part = points.values.find((value) => !Number.isInteger(value));
  if (part === undefined) return;
  throw bad(
    `column ${metric}: ${part} has no unit`,
    `write the unit into its name (${metric}_mb), or give --budget '${metric}=0.1/cycle'`,
  );
}

const RESIDENT = /(?:^|[^a-z])(?:vm)?(?:rss|pss|uss|vsz|resident)(?:$|[^a-z])/i;
const leastResident = 1024 ** 2;

/** `ps`, `pidstat` and /proc write KiB and do not say so: no process has less than 1 MiB. */
const isAbsurd = ({ metric, unit, hasUnit, points }: Read): boolean =>
  unit === 'bytes' && !hasUnit && RESIDENT.test(metric) && isSmall(points, leastResident);

const absurdNotes = (names: ReadonlySet<string>): string[] =>
  [...names].map(
    (name) =>
      `column ${name}: no process is as small as that in bytes, so nothing passes by it; if it is KiB, name it ${name}_kib`,
  );

function unitNotes(read: readonly Read[], budgets: readonly ColumnBudget[]): string[] {
  const asked = new Set(budgets.map(({ metric }) => metric));
  const silent = read.filter(({ metric, hasUnit }) => !hasUnit && !asked.has(metric));
  const namesOf = (wanted: Read['unit'], among: readonly Read[]): string =>
    listed(among.flatMap(({ unit, metric }) => (unit === wanted ? [metric] : [])));
  const bytes = namesOf('bytes', silent);
  const counts = namesOf('count', silent);
  const size = budgets.some(({ metric, isSize }) => metric === null && isSize);
  return [
    ...(bytes === ''
      ? []
      : [`read as bytes: ${bytes} (a unit in the name changes that, as rss_kb)`]),
    ...(counts === ''
      ? []
      : [
          `read as counts: ${counts} (${size ? 'a budget in bytes does not fit them; ' : ''}--budget NAME=RATE sets one)`,
        ]),
  ];
}

/** That rows are counted is no secret where the file tells times. */
function timeNotes({ index, seconds }: ColumnTable, per: ColumnBudget['per']): string[] {
  if (index === 'cycle' || per === 'minute') return [];
  const hint = seconds === null ? '' : ' (--budget 1MiB/minute judges by time)';
  return [`one row is one cycle${hint}`];
}
