import { describe, expect, test } from 'vitest';
import { analyzeRun } from '../../harness/analyze/analyze-run.ts';
import type { LedgerEntry } from '../../harness/contracts/ledger.ts';
import type { RunResult } from '../../harness/contracts/result.ts';
import { helpFor } from '../../harness/self-test.ts';
import { decide } from '../../harness/verdict/verdict.ts';
import terminal from '../../reports/terminal.ts';
import { type CellScript, flat, leak, ledgerOf, MiB, planOf } from '../analyze/build-ledger.ts';

const REASON = 'job: the heap is damaged: two free chunks meet at 0x10';
const plain = { color: false, width: 100 };

const growing: CellScript = { cycles: 40, metrics: { 'memory.anonymous': leak(50 * MiB, MiB) } };

/** Every walk of the first `cycles` cycles was refused. */
function withoutWalks(script: CellScript, cycles: number): RunResult {
  const ledger = ledgerOf(script);
  const refuse = (entry: LedgerEntry): LedgerEntry =>
    entry.type === 'sample' && entry.cycle <= cycles
      ? { ...entry, probes: { ...entry.probes, 'glibc-heap': { values: {}, error: REASON } } }
      : entry;
  const plan = planOf({ cells: [{}] });
  return decide(plan, analyzeRun(plan, { ...ledger, entries: ledger.entries.map(refuse) }));
}

describe('a heap that no walk could read', () => {
  test('the terminal says why, in one sentence, beside what it did instead', () => {
    const text = terminal.render(withoutWalks(growing, 40), plain);
    expect(text.slice(0, text.indexOf('  fingerprint:'))).toMatchInlineSnapshot(`
      "join-leave · demo@1.0.0 · inline · glibc                                     UNDECIDED  inconclusive
        native live       not readable         under glibc: anonymous memory stands in
        anonymous memory  +1 MiB/cycle [1, 1]  over 64 KiB for 40 cycles                ▁▂▃▄▅▆▇█
        not read: live bytes, at every look: job: the heap is damaged: two free chunks meet at 0x10
        why: anonymous memory grows by 1 MiB per cycle [1, 1] over 40 cycles, its budget is 64 KiB, and
          without live bytes that is a leak or the allocator's slack
      "
    `);
  });

  test('one walk that failed among many that did not is no reason', () => {
    const seen = { cycles: 40, metrics: { 'native.live': flat(20 * MiB) } };
    expect(terminal.render(withoutWalks(seen, 1), plain)).not.toContain('not read:');
  });

  test('the self-test says that, and not that the detector is broken', () => {
    const [analysis] = withoutWalks(growing, 40).cells;
    const control = { mode: 'leak', cycles: 40, accept: ['leak'] } as const;
    expect(analysis && helpFor(control, analysis)).toBe(
      `no live bytes of the control could be read (${REASON}): start the self-test again`,
    );
  });
});
