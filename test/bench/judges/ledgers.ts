import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { analyzeRun } from '../../../harness/analyze/analyze-run.ts';
import type { LedgerEntry } from '../../../harness/contracts/ledger.ts';
import type { RunPlan } from '../../../harness/contracts/plan.ts';
import type { CellAnalysis, MetricAnalysis } from '../../../harness/contracts/result.ts';
import { type RivalAnswer, rivals } from './rivals.ts';

/** Live bytes tell a leak from slack; anonymous memory is what people watch. */
const metrics = ['native.live', 'memory.anonymous'] as const;

export interface LedgerRow {
  readonly ledger: string;
  readonly cell: string;
  readonly metric: (typeof metrics)[number];
  /** What is known of the program. */
  readonly leaks: boolean;
  /** In the order of `rivals`. */
  readonly answers: readonly RivalAnswer[];
  /** What the classifier makes of the whole cell. */
  readonly classification: string;
}

interface Expectation {
  readonly ledger: string;
  readonly cell: string;
  readonly expect: readonly string[];
}

/** Every judge on the stored runs of known answer. `golden` is the folder `test/golden`. */
export function judgeLedgers(golden: string): LedgerRow[] {
  const expectations = JSON.parse(
    readFileSync(join(golden, 'expectations.json'), 'utf8'),
  ) as readonly Expectation[];
  return readdirSync(join(golden, 'ledgers')).flatMap((file) => {
    const ledger = file.replace('.json.gz', '');
    const text = gunzipSync(readFileSync(join(golden, 'ledgers', file))).toString();
    const { plan, entries } = JSON.parse(text) as { plan: RunPlan; entries: LedgerEntry[] };
    return analyzeRun(plan, { entries, problems: [] }).cells.flatMap((cell) => {
      const known = expectations.find(
        (one) => one.ledger === ledger && cell.cell.id.includes(one.cell),
      );
      return known === undefined ? [] : rowsOf(ledger, cell, known.expect.includes('leak'));
    });
  });
}

function rowsOf(ledger: string, cell: CellAnalysis, leaks: boolean): LedgerRow[] {
  return metrics.flatMap((metric) => {
    const found = cell.metrics.find(({ id }) => id === metric);
    if (found === undefined || found.budget === null) return [];
    const { target, allocator, repeat } = cell.cell;
    const name = `${target.text} ${allocator}${repeat > 1 ? ` #${repeat}` : ''}`;
    const classification = cell.classification.kind;
    return [{ ledger, cell: name, metric, leaks, answers: answersTo(found), classification }];
  });
}

/** The judges' series are in KB. */
function answersTo({ series, budget }: MetricAnalysis): RivalAnswer[] {
  const values = Float64Array.from(series.values, (value) => value / 1000);
  const input = { values, budget: (budget?.maxPerCycle ?? 0) / 1000, kind: 'bytes' } as const;
  return rivals.map(({ judge }) => judge(input));
}

export interface LedgerScore {
  readonly metric: LedgerRow['metric'];
  /** Per rival: called growing in a program that does not leak, of how many. */
  readonly falseAlarms: readonly number[];
  readonly healthy: number;
  /** Per rival: not called growing in one that does, of how many. */
  readonly missed: readonly number[];
  readonly leaking: number;
}

export function scoreLedgers(rows: readonly LedgerRow[]): LedgerScore[] {
  return metrics.map((metric) => {
    const own = rows.filter((row) => row.metric === metric);
    const healthy = own.filter(({ leaks }) => !leaks);
    const leaking = own.filter(({ leaks }) => leaks);
    const count = (of: readonly LedgerRow[], grows: boolean): number[] =>
      rivals.map((_, j) => of.filter(({ answers }) => (answers[j] === 'growing') === grows).length);
    return {
      metric,
      falseAlarms: count(healthy, true),
      healthy: healthy.length,
      missed: count(leaking, false),
      leaking: leaking.length,
    };
  });
}

export function ledgersTable(golden: string): string {
  const rows = judgeLedgers(golden);
  const names = rivals.map(({ id }) => id);
  const head = ['ledger', 'cell', 'metric', 'leaks', ...names, 'verdict on the cell'];
  const lines = ['### Stored runs of known answer', '', line(head), line(head.map(() => '---'))];
  for (const { ledger, cell, metric, leaks, answers, classification } of rows) {
    lines.push(line([ledger, cell, metric, leaks ? 'yes' : 'no', ...answers, classification]));
  }
  lines.push('', line(['', ...names]), line(['---', ...names.map(() => '---')]));
  for (const { metric, falseAlarms, healthy, missed, leaking } of scoreLedgers(rows)) {
    lines.push(line([`${metric}: false alarms of ${healthy}`, ...falseAlarms.map(String)]));
    lines.push(line([`${metric}: leaks missed of ${leaking}`, ...missed.map(String)]));
  }
  return lines.join('\n');
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
