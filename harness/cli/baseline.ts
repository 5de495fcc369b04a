import { readBaselines, saveBaseline } from '../baselines.ts';
import { type ExitCode, TidemarkError } from '../contracts/errors.ts';
import type { AcceptedRun, CellRates, MetricRate } from '../contracts/gate.ts';
import { describeMetric } from '../contracts/measurement.ts';
import { formatAmount, plural } from '../lib/format.ts';
import { alignRows } from '../lib/table.ts';
import { judgeRun, resolveRunDir } from '../pipeline.ts';

export interface BaselineFlags {
  as: string;
  file: string;
}

/** `tidemark baseline save <run>`: what this run does is what the next may do. */
export async function saveRun(path: string, { as, file }: BaselineFlags): Promise<ExitCode> {
  const result = await judgeRun(resolveRunDir(path));
  const { cells } = saveBaseline({ file, name: as, result, now: new Date() });
  process.stdout.write(`${file}: ${plural(cells.length, 'cell')} accepted as '${as}'\n`);
  if (result.verdict === 'fail' || result.verdict === 'inconclusive') {
    process.stderr.write(
      `note: the run itself is ${result.verdict}; from now on that much is accepted\n`,
    );
  }
  return 0;
}

/** `tidemark baseline show`: what is accepted, and how it came to that. */
export function showBaselines({ file }: Pick<BaselineFlags, 'file'>): ExitCode {
  const stored = readBaselines(file);
  if (stored === null) {
    throw new TidemarkError('usage', `there is no ${file}`, {
      hint: 'tidemark baseline save <run> writes it',
    });
  }
  for (const [name, history] of Object.entries(stored.baselines)) {
    const [newest] = history;
    if (newest === undefined) continue;
    const lines = [
      `${name}: ${plural(history.length, 'accepted run')}, the newest ${newest.runId} (${newest.acceptedOn}, tidemark ${newest.tidemarkVersion})`,
      ...newest.cells.flatMap((cell) => cellLines(cell, history.slice(1))),
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  }
  return 0;
}

function cellLines(cell: CellRates, older: readonly AcceptedRun[]): string[] {
  const { scenario, target, executor, allocator, classification, metrics } = cell;
  const before = (id: string): string => {
    const rates = older.flatMap((run) => sameCell(run, cell)?.metrics[id] ?? []);
    return rates.length === 0 ? '' : `before: ${rates.map((rate) => amount(id, rate)).join(', ')}`;
  };
  const rows = Object.entries(metrics)
    .filter(([, { gates, slopePerCycle }]) => gates || slopePerCycle !== 0)
    .map(([id, rate]) => [
      describeMetric(id).title,
      `${amount(id, rate)}/${rate.per ?? 'cycle'} ±${amount(id, { ...rate, slopePerCycle: 1.96 * errorOf(rate) })}`,
      `${plural(rate.repeats, 'run')} of ${rate.cycles} cycles`,
      before(id),
    ]);
  return [
    `  ${scenario}/${target}/${executor}/${allocator}: ${classification}`,
    ...alignRows(rows, '    '),
  ];
}

const errorOf = ({ standardError, spread, repeats }: MetricRate): number =>
  Math.max(standardError, spread ?? 0) / Math.sqrt(repeats);

const amount = (id: string, { slopePerCycle }: MetricRate): string =>
  formatAmount(slopePerCycle, describeMetric(id).unit);

const sameCell = (run: AcceptedRun, cell: CellRates): CellRates | undefined =>
  run.cells.find(
    (other) =>
      other.scenario === cell.scenario &&
      other.target.split('@')[0] === cell.target.split('@')[0] &&
      other.executor === cell.executor &&
      other.allocator === cell.allocator,
  );
