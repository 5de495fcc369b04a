import { readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { analyzeRun } from '../../harness/analyze/analyze-run.ts';
import type { LedgerEntry } from '../../harness/contracts/ledger.ts';
import type { RunPlan } from '../../harness/contracts/plan.ts';
import type { ClassificationKind, RunResult } from '../../harness/contracts/result.ts';
import { decide } from '../../harness/verdict/verdict.ts';
import { summarize } from './summarize.ts';

interface Expectation {
  readonly ledger: string;
  /** Every cell whose id contains this. */
  readonly cell: string;
  readonly expect: readonly ClassificationKind[];
  readonly leaking?: readonly string[];
  readonly multiples?: Readonly<Record<string, number>>;
  readonly reason: string;
}

const folder = import.meta.dirname;
const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
const expectations = JSON.parse(read('expectations.json')) as readonly Expectation[];
const names = readdirSync(join(folder, 'ledgers')).map((file) => file.replace('.json.gz', ''));

function open(name: string): { text: string; result: RunResult } {
  const text = gunzipSync(readFileSync(join(folder, 'ledgers', `${name}.json.gz`))).toString();
  const { plan, entries } = JSON.parse(text) as { plan: RunPlan; entries: LedgerEntry[] };
  return { text, result: decide(plan, analyzeRun(plan, { entries, problems: [] })) };
}

/** Real runs, thinned by `thin.mjs`. What they must be is declared by hand, what they are in full is stored. */
describe.each(names)('golden ledger %s', (name) => {
  const { text, result } = open(name);
  const expected = expectations.filter(({ ledger }) => ledger === name);

  test('has an expectation for every cell', () => {
    const without = result.cells.filter(({ cell: { id } }) =>
      expected.every(({ cell }) => !id.includes(cell)),
    );
    expect(without.map(({ cell }) => cell.id)).toEqual([]);
  });

  test.each(expected)('$cell is $expect: $reason', ({ cell, expect: kinds, ...more }) => {
    const cells = result.cells.filter(({ cell: { id } }) => id.includes(cell));
    expect(cells.length).toBeGreaterThan(0);
    for (const { classification, sizeClasses } of cells) {
      expect(kinds).toContain(classification.kind);
      expect(classification.leaking).toEqual(more.leaking ?? []);
      const multiples = sizeClasses.map(({ sizeBytes, wholeMultiple }) => [
        sizeBytes,
        wholeMultiple,
      ]);
      expect(Object.fromEntries(multiples)).toMatchObject(more.multiples ?? {});
    }
  });

  test('gives its stored summary (npm run golden:update rewrites it for review)', async () => {
    const summary = `${JSON.stringify(summarize(result), null, 2)}\n`;
    await expect(summary).toMatchFileSnapshot(join(folder, 'summaries', `${name}.snap`));
  });

  test('says of every leak over how many cycles it held', () => {
    const leaks = result.cells.filter(({ classification }) => classification.leaking.length > 0);
    for (const { classification } of leaks) expect(classification.why).toMatch(/over \d+ cycles/);
  });

  test('holds no path, no host name and no secret', () => {
    expect(text).not.toMatch(/"[^"]*\/(?:home|root|tmp|work|Users|opt)\//);
    expect(text).not.toMatch(/eyJ[\w-]{8,}|devkey|secret/i);
    if (hostname().length > 4) expect(text).not.toContain(hostname());
  });
});
