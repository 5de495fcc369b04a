import { compareSides, loadSide } from '../baselines.ts';
import { EXIT, type ExitCode } from '../contracts/errors.ts';
import type { Regression, RegressionReport } from '../contracts/gate.ts';
import { formatRate, formatSlope, isKnown, knownOrNull } from '../lib/format.ts';
import { oneLine } from '../lib/format-safe.ts';
import { alignRows } from '../lib/table.ts';

/** `tidemark compare <before> <now>`: runs or baselines; is what is now worse than what was before? */
export async function compare(
  before: string,
  now: string,
  { json }: { json?: boolean },
): Promise<ExitCode> {
  const report = compareSides(await loadSide(before), await loadSide(now));
  if (json) process.stdout.write(`${JSON.stringify(report, knownOrNull, 2)}\n`);
  else process.stdout.write(`${tableOf(report)}\n`);
  return exitCodeOf(report);
}

function exitCodeOf({ metrics }: RegressionReport): ExitCode {
  const gating = metrics.filter(({ gates }) => gates);
  if (gating.some(({ answer }) => answer === 'worse')) return EXIT.found;
  return gating.some(({ answer }) => answer === 'undecided') ? EXIT.inconclusive : EXIT.pass;
}

function tableOf({ name, metrics, notes }: RegressionReport): string {
  const cells = [...new Set(metrics.map(({ cell }) => cell))];
  const blocks = cells.flatMap((cell) => {
    const own = metrics.filter((metric) => metric.cell === cell);
    const [first] = own;
    const from = first?.before ? `, before ${first.before}` : '';
    return [`${oneLine(cell)}${oneLine(from)}`, ...alignRows(own.map(row), '  '), ''];
  });
  const verdict = VERDICTS[exitCodeOf({ name, metrics, notes })] ?? '';
  return [
    `against ${oneLine(name)}`,
    '',
    ...blocks,
    ...notes.map((note) => `note: ${oneLine(note)}`),
    verdict,
  ].join('\n');
}

const VERDICTS: Readonly<Record<number, string>> = {
  [EXIT.pass]: 'no worse (exit 0)',
  [EXIT.found]: 'worse (exit 1)',
  [EXIT.inconclusive]: 'cannot be told (exit 3): more cycles or more repeats would decide',
};

function row(metric: Regression): string[] {
  const {
    title,
    unit,
    per,
    slopeBefore,
    slopeNow,
    difference: value,
    answer,
    gates,
    couldSee,
  } = metric;
  const { intervalLow: low, intervalHigh: high } = metric;
  const { amount, interval } = formatSlope({ value, low, high }, unit);
  const seen =
    answer === 'undecided' && couldSee !== null
      ? `could have seen ${formatRate(couldSee, unit, per)}`
      : '';
  return [
    oneLine(title),
    `${formatRate(slopeBefore, unit, per)} -> ${formatRate(slopeNow, unit, per)}`,
    isKnown(high) ? `${value > 0 ? '+' : ''}${amount} ${interval}` : 'not read on both sides',
    gates ? answer : `${answer} (does not gate)`,
    seen,
  ];
}
