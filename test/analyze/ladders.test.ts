import { expect, it } from 'vitest';
import { analyzeRun } from '../../harness/analyze/analyze-run.ts';
import type { Ladder } from '../../harness/contracts/result.ts';
import { type CellScript, flat, KiB, leak, ledgerOf, MiB, planOf, source } from './build-ledger.ts';

const STEPS = ['join', 'publish', 'subscribe', 'stream'];

/** One cell per step with what its live bytes do; null: it broke. */
function climb(...steps: readonly (((cycle: number) => number) | null)[]): Ladder | undefined {
  const scripts = steps.map(
    (live, i): CellScript => ({
      cell: { scenario: 'call', step: STEPS[i] ?? '' },
      cycles: live === null ? 3 : 40,
      metrics: { 'native.live': live ?? flat(MiB) },
      ...(live === null ? { end: { kind: 'target-died', cycle: 4, reason: 'it died' } } : {}),
    }),
  );
  const cells = scripts.flatMap(({ cell }) => cell ?? []);
  return analyzeRun(planOf({ cells }), ledgerOf(...scripts)).ladders[0];
}

const steady = flat(10 * MiB);
const grows = leak(10 * MiB, 430 * KiB);

it('growth begins at the first step that grows, and the step before says what it could have seen', () => {
  expect(climb(steady, steady, grows, grows)).toEqual({
    cells: STEPS.map((step) => `call[upTo=${step}]/demo@1.0.0/inline/glibc`),
    beginsAt: 'subscribe',
    says: expect.stringMatching(
      /^growth begins at `subscribe`: native live \+0\.4199 MiB per cycle \[.*\]; at `publish` native live is steady, could have shown .* per cycle \(its budget is 16 KiB\)$/,
    ),
  });
});

it('a step that grows by much more than the first adds growth of its own', () => {
  expect(climb(steady, grows, grows, leak(10 * MiB, 1.2 * MiB))).toMatchObject({
    beginsAt: 'publish',
    says: expect.stringContaining('; `stream` adds to it: native live +1.2 MiB per cycle'),
  });
});

it('the first step can be the one', () => {
  expect(climb(grows, grows)).toMatchObject({
    beginsAt: 'join',
    says: expect.stringMatching(/^growth begins at the first step, `join`: /),
  });
});

it('a step that broke before leaves open where growth begins', () => {
  expect(climb(steady, null, grows)).toMatchObject({
    beginsAt: null,
    says: expect.stringMatching(
      /^growth shows at `subscribe`: .*; whether it begins at `publish` could not be told$/,
    ),
  });
});

it('a ladder on which nothing grows says so, and what it could not tell', () => {
  expect(climb(steady, steady)).toMatchObject({
    beginsAt: null,
    says: expect.stringMatching(/^no step grows: at `publish` native live is steady/),
  });
  expect(climb(steady, null)).toMatchObject({
    beginsAt: null,
    says: 'no step surely grows; `publish` could not be told',
  });
});

it('steps are no repeats of each other, and no siblings', () => {
  const scripts = ['join', 'publish'].map(
    (step): CellScript => ({
      cell: { scenario: 'call', step },
      cycles: 40,
      metrics: { 'native.live': step === 'join' ? steady : grows },
    }),
  );
  const cells = scripts.flatMap(({ cell }) => cell ?? []);
  const {
    repeats,
    comparisons,
    cells: found,
  } = analyzeRun(planOf({ cells }), ledgerOf(...scripts));
  expect({ repeats, comparisons }).toEqual({ repeats: [], comparisons: [] });
  expect(found.map(({ classification }) => classification.kind)).toEqual(['steady', 'leak']);
});

it('what is open in a step before does not matter when what grows later is settled in it', () => {
  const { normal } = source(3);
  const wild = (cycle: number): number => 5 * MiB + 14 * KiB * cycle + 30 * KiB * normal();
  const scripts = ['join', 'publish'].map(
    (step): CellScript => ({
      cell: { scenario: 'call', step },
      cycles: 15,
      metrics: { 'native.live': step === 'join' ? steady : grows, 'managed.live': wild },
    }),
  );
  const cells = scripts.flatMap(({ cell }) => cell ?? []);
  const analysis = analyzeRun(planOf({ cells, cycles: 15 }), ledgerOf(...scripts));
  expect(analysis.cells[0]?.classification.kind).toBe('undecided');
  expect(analysis.ladders[0]?.beginsAt).toBe('publish');
});
