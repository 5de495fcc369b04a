import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../harness/contracts/result.ts';
import summary from '../../reports/github.ts';
import annotations from '../../reports/github-annotations.ts';
import {
  calm,
  everything,
  HOSTILE,
  hostileResult,
  jemalloc,
  leaking,
  plain,
  resultOf,
} from './_results.ts';

const linesOf = (result: RunResult): string[] =>
  annotations.render(result, plain).split('\n').slice(0, -1);

describe('github annotations', () => {
  test('one per cell that is not fine, worst first', () => {
    expect(annotations.render(everything(), plain)).toMatchInlineSnapshot(`
      "::error title=join-leave/demo@1.0.0/inline/glibc%3A leak::native live grows by 0.3906 MiB per cycle [0.3906, 0.3906] over 40 cycles, its budget is 16 KiB
      ::error title=join-leave/demo@4.0.0/inline/glibc%3A broken::target-died in cycle 4: signal SIGKILL
      ::error title=join-leave/demo@3.0.0/inline/glibc%3A inconclusive::native live does -87 KiB per cycle [-853, 680], which cannot be told from its budget of 16 KiB yet
      ::notice title=join-leave/demo@1.0.0/inline/jemalloc%3A skipped::jemalloc was not found
      "
    `);
  });

  test('nothing to say is nothing written', () => {
    expect(annotations.render(resultOf([calm]), plain)).toBe('');
  });

  test('repeats of a cell are one annotation', () => {
    const again = [1, 2, 3].map((repeat) => ({ ...leaking, cell: { repeat } }));
    const lines = linesOf(resultOf(again));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /^::error title=join-leave\/demo@1\.0\.0\/inline\/glibc%3A leak \(3 of 3 repeats\)::native live grows/,
    );
  });

  test('a run that measured nothing is an error', () => {
    expect(linesOf(resultOf([], { skipped: [jemalloc] }))[0]).toMatch(
      /^::error title=tidemark::the run is broken \(exit code 4\)/,
    );
  });

  test.each(Object.entries(HOSTILE))('a hostile name is no command of its own: %s', (_, name) => {
    const lines = linesOf(hostileResult(name));
    const whole = /^::(error|warning|notice) title=[^:,\r\n]*::[^\r\n]*$/;
    expect(lines.filter((line) => !whole.test(line))).toEqual([]);
    expect(lines.filter((line) => /%(?!25|0A|0D|3A|2C)/.test(line))).toEqual([]);
    expect(lines).toHaveLength(linesOf(hostileResult('harmless')).length);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(13_000);
  });
});

describe('github summary', () => {
  test('verdict, cells, what the swap shows, what was skipped', () => {
    expect(summary.render(everything(), plain)).toMatchInlineSnapshot(`
      "## ❌ tidemark: fail

      |  | cell | it is | decided by | because |
      | --- | --- | --- | --- | --- |
      | ❌ fail | join-leave/demo@1.0.0/inline/glibc | **leak** | native live +0.3906 MiB/cycle [0.3906, 0.3906] | native live grows by 0.3906 MiB per cycle [0.3906, 0.3906] over 40 cycles, its budget is 16 KiB |
      | 💥 broken | join-leave/demo@4.0.0/inline/glibc | **undecided** | native live unknown | target-died in cycle 4: signal SIGKILL |
      | ❔ inconclusive | join-leave/demo@3.0.0/inline/glibc | **undecided** | native live -87 KiB/cycle [-853, 680] | native live does -87 KiB per cycle [-853, 680], which cannot be told from its budget of 16 KiB yet |
      | ✅ pass | join-leave/demo@2.0.0/inline/glibc | **steady** | native live steady | native live is steady, could have shown 16 KiB per cycle |

      - target swap (join-leave/demo@1.0.0/inline/glibc): native live does 0.3906 MiB per cycle [0.3906, 0.3906] with demo@1.0.0, 0 B per cycle [0, 0] with demo@2.0.0: not the same growth

      | skipped | why | try |
      | --- | --- | --- |
      | join-leave/demo@1.0.0/inline/jemalloc | jemalloc was not found | apt-get install libjemalloc2 |

      - 1 of 5 cells were skipped

      Run 20260102-030405-abcd, tidemark 0.1.0, exit code 1.
      "
    `);
  });

  test('5,000 cells of long names still fit', () => {
    const result = resultOf([leaking]);
    const many = Array.from({ length: 5000 }, () => result.cells).flat();
    const cells = many.map((cell, i) => ({
      ...cell,
      cell: { ...cell.cell, id: `${'y'.repeat(2000)}${i}` },
    }));
    const text = summary.render({ ...result, cells }, plain);
    expect(Buffer.byteLength(text)).toBeLessThan(1024 ** 2);
    expect(text).toContain('And 4800 more cells.');
  });

  test.each(Object.entries(HOSTILE))('a hostile name is no markup: %s', (_, name) => {
    const text = summary.render(hostileResult(name), plain);
    const rows = (page: string): number =>
      page.split('\n').filter((line) => line.startsWith('| ')).length;
    expect(rows(text)).toBe(rows(summary.render(hostileResult('harmless'), plain)));
    expect(text.replaceAll('<!-- -->', '')).not.toMatch(/<(?!br>)/);
    expect(text).not.toMatch(/(^|\W)@livekit|(?<!\\)\]\(|https?:\/\//);
  });
});
