import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { judgeLedgers, scoreLedgers } from '../../bench/judges/ledgers.ts';
import { rivals } from '../../bench/judges/rivals.ts';

const rows = judgeLedgers(join(import.meta.dirname, '../../golden'));
const ours = rivals.findIndex(({ id }) => id === 'tidemark');
const [live, anonymous] = scoreLedgers(rows);

/** The bench's table of stored runs; `golden.test.ts` holds every classification. */
describe('on stored runs of known answer', () => {
  it('the series judge is right on every series of live bytes', () => {
    expect([live?.falseAlarms[ours], live?.missed[ours]]).toEqual([0, 0]);
    expect([live?.healthy, live?.leaking]).toEqual([11, 7]);
  });

  it('every other judge but the batch rule it is built on is wrong on some', () => {
    const wrong = rivals.map((_, j) => (live?.falseAlarms[j] ?? 0) + (live?.missed[j] ?? 0));
    const faultless = rivals.filter((_, j) => wrong[j] === 0).map(({ id }) => id);
    expect(faultless).toEqual(['batch rule', 'tidemark']);
  });

  it('no judge can tell a leak by anonymous memory alone', () => {
    const wrong = rivals.map(
      (_, j) => (anonymous?.falseAlarms[j] ?? 0) + (anonymous?.missed[j] ?? 0),
    );
    expect(Math.min(...wrong)).toBeGreaterThan(0);
    expect(anonymous?.falseAlarms[ours]).toBeLessThanOrEqual(3);
  });

  it('the classifier calls a leak in those that leak, and in no other', () => {
    const wrong = rows.filter(
      ({ leaks, classification }) => leaks !== ['leak', 'mixed'].includes(classification),
    );
    expect(wrong).toEqual([]);
  });
});
