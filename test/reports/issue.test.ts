import { describe, expect, test } from 'vitest';
import { issueCellOf } from '../../harness/cli/issue-cell-of.ts';
import type { CellExplanation } from '../../harness/contracts/explain.ts';
import type { RunResult } from '../../harness/contracts/result.ts';
import html from '../../reports/html.ts';
import issue from '../../reports/issue.ts';
import json from '../../reports/json.ts';
import markdown from '../../reports/markdown.ts';
import terminal from '../../reports/terminal.ts';
import { leak, MiB } from '../analyze/build-ledger.ts';
import { calm, HOSTILE, hostileResult, jemalloc, leaking, plain, resultOf } from './_results.ts';

const ESC = String.fromCharCode(27);
const render = (result: RunResult): string => issue.render(result, plain);
const anyHorizon = (text: string): string => text.replace(/(over|for) \d+ cycles/g, '$1 NN cycles');

const other = {
  ...leaking,
  cell: { allocator: 'jemalloc' },
  metrics: { 'memory.anonymous': leak(50 * MiB, 400 * 1024), 'threads.total': leak(20, 1) },
  census: () => [],
};

describe('issue report', () => {
  test('has what maintainers ask for', () => {
    const text = render(
      resultOf([leaking, other, calm], {
        skipped: [{ ...jemalloc, cell: { ...jemalloc.cell, allocator: 'tcmalloc' } }],
      }),
    );
    expect(anyHorizon(text)).toMatchInlineSnapshot(`
      "# demo@1.0.0 leaks native live +0.3906 MiB/cycle [0.3906, 0.3906] in join-leave

      **leak**, linear with cycles: native live grows by 0.3906 MiB per cycle [0.3906, 0.3906] over NN cycles, its budget is 16 KiB. Brackets are 95 % intervals after warm-up; 40 cycles, one run (20260102-030405-abcd).

      ## What grows, per cycle, at rest after garbage collection

      | metric | slope [95 % interval] | fitted on cycles | first cycle | last cycle | after 6 s idle |
      | --- | --- | --- | --- | --- | --- |
      | native live | **+0.3906 MiB/cycle [0.3906, 0.3906]** | 1 to 40 | 20.4 MiB | 35.6 MiB | 35.6 MiB |
      | V8 heap live | +3 KiB/cycle [3, 3] | 1 to 40 | 8 MiB | 8.12 MiB | 8.12 MiB |
      | slack pinned | steady | 1 to 40 | 3 MiB | 3 MiB | 3 MiB |
      | threads | **+1/cycle [1, 1]** | 1 to 40 | 21 | 60 | 60 |
      | threads capture | **+1/cycle [1, 1]** | 1 to 40 | 2 | 41 | 41 |

      ## Does it go away?

      - 6 s with nothing done after everyone has left: native live -6 KiB.

      ## Is it the allocator?

      | allocator | found | by | per cycle | proven by |
      | --- | --- | --- | --- | --- |
      | glibc | **leak** | native live | +0.3906 MiB/cycle [0.3906, 0.3906] | libglibc is mapped |
      | jemalloc | **leak** | anonymous memory | +0.3906 MiB/cycle [0.3906, 0.3906] | libjemalloc is mapped |

      - it is not the allocator: native live grows by 0.3906 MiB per cycle [0.3906, 0.3906] over NN cycles here, anonymous memory by 0.3906 MiB per cycle [0.3906, 0.3906] under jemalloc

      ## Control

      The same measurement with exactly one thing changed:

      | changed | to | found | per cycle |
      | --- | --- | --- | --- |
      | target | demo@2.0.0 | **steady** | native live steady |

      ## What is left behind

      - threads +1/cycle [1, 1]
      - threads capture +1/cycle [1, 1]

      Live malloc chunks that every cycle adds a whole number of: parts of the leaked object.

      | chunk size | per cycle | bytes per cycle |
      | --- | --- | --- |
      | 28,976 B | 1 | 28.3 KiB |

      ## Reproduce

      \`\`\`sh
      npx tidemark run --scenario join-leave --target demo@1.0.0 --executor inline --allocator glibc --until-decided
      \`\`\`

      Needs Linux on x86-64 and Node 20; it fetches the rest, and runs in a network namespace of its own.

      ## Versions

      | what | version |
      | --- | --- |
      | sdk | 1.0.0 |
      | native binary really loaded | libdemo.so |
      | executor | inline |
      | allocator | glibc: libglibc is mapped |
      | system | kernel 6.1.0 x64, glibc 2.36, huge pages madvise |
      | measured with | tidemark 0.1.0, network private |

      Launch command:

      \`\`\`
      node job-host.js
      \`\`\`

      ## What was not tested

      - join-leave/demo@1.0.0/inline/jemalloc: skipped, jemalloc was not found (apt-get install libjemalloc2)
      - the spread between runs: every cell ran once
      - anything beyond cycle 40
      - the cause: no heap snapshot and no allocation profile was taken
      "
    `);
  });

  test('tells the suspect with its path, and what else was found for certain', () => {
    const result = resultOf([leaking]);
    const cell = result.cells[0]?.cell;
    if (cell === undefined) throw new Error('there is a cell');
    const found = { countPerCycle: 1, bytesPerCycle: null, details: [], trace: [] };
    const suspect = '1 Room per cycle, kept by Rooms.open => Room';
    const explanation: CellExplanation = {
      cell,
      startedAt: '2026-01-02T03:04:05.000Z',
      looksAfter: [4, 6, 8, 10, 12, 16],
      suspect,
      findings: [
        {
          ...found,
          explainer: 'growing-objects',
          state: 'growing',
          says: suspect,
          trace: ['Rooms.open => Room'],
          details: [
            { label: 'holds', text: 'Room.audio => AudioContext' },
            { label: 'from the root', text: '(GC roots) > Rooms > Room' },
          ],
        },
        { ...found, explainer: 'instance-counts', state: 'slow', says: 'listeners on a_b_c' },
        { ...found, explainer: 'v8-sampling', state: 'hint', says: 'a hint' },
      ],
      explainers: [],
      failure: null,
      files: [],
      redacted: false,
    };
    const text = render({ ...result, explanations: [explanation] });
    expect(/## What keeps it\n[\s\S]*?\n(?=## )/.exec(text)?.[0]).toMatchInlineSnapshot(`
      "## What keeps it

      **Suspect**: 1 Room per cycle, kept by Rooms.open =&gt; Room.

      \`\`\`
      Rooms.open => Room
      holds: Room.audio => AudioContext
      \`\`\`

      Also found to grow:

      - slow: listeners on a_b_c

      Found in a fresh process over 16 cycles, by looks after cycles 4, 6, 8, 10, 12, 16.

      "
    `);
    const explained = { ...result, explanations: [explanation] };
    expect(markdown.render(explained, plain).split('1 Room per cycle')).toHaveLength(2);
    expect(html.render(explained, plain).split('1 Room per cycle')).toHaveLength(2);

    const nothing = { ...explanation, suspect: null, findings: [] };
    expect(render({ ...result, explanations: [nothing] })).not.toContain('What keeps it');
  });

  test('picks the leak among cells that do worse things to the reader', () => {
    const slow = {
      ...leaking,
      cell: { target: 'demo@9.0.0' },
      metrics: { 'native.live': leak(MiB, 40_000) },
    };
    expect(render(resultOf([calm, slow, leaking])).split('\n')[0]).toBe(
      '# demo@1.0.0 leaks native live +0.3906 MiB/cycle [0.3906, 0.3906] in join-leave',
    );
  });

  test('a run without a leak has nothing to report, and says why', () => {
    expect(render(resultOf([calm]))).toMatch(
      /^# Nothing to report\n\nNo cell of run .* \(verdict pass\)\.\n\n- join-leave\/demo@2\.0\.0\/inline\/glibc: steady\. native live is steady/,
    );
    expect(render(resultOf([], { skipped: [jemalloc] }))).toContain('# Nothing to report');
  });

  test('is about the cell that was asked for, by its id or a part of it', () => {
    const result = resultOf([leaking, other, calm]);
    const cell = issueCellOf({ issue: true, cell: 'jemalloc' }, result);
    expect(cell).toBe('join-leave/demo@1.0.0/inline/jemalloc');
    expect(issue.render(result, { ...plain, ...(cell === undefined ? {} : { cell }) })).toMatch(
      /^# demo@1.0.0 leaks anonymous memory/,
    );
    expect(render(result)).toMatch(/^# demo@1.0.0 leaks native live/);
  });

  test.each([
    ['no cell', { issue: true, cell: 'tcmalloc' }, "no cell of this run is called 'tcmalloc'"],
    ['two cells', { issue: true, cell: 'demo' }, "3 cells of this run are called 'demo'"],
    ['a steady cell', { format: ['issue'], cell: 'demo@2.0.0' }, 'glibc is steady: there is'],
    ['no issue', { cell: 'jemalloc' }, '--cell is for --issue'],
  ])('a name that means %s is refused', (_, flags, says) => {
    expect(() => issueCellOf(flags, resultOf([leaking, other, calm]))).toThrow(says);
  });

  test('the terminal names it when it was asked for', () => {
    const result = resultOf([leaking]);
    const plan = { ...result.plan, reports: [...result.plan.reports, 'issue'] };
    expect(terminal.render({ ...result, plan }, plain)).toContain(
      'next: issue.md of the run is ready to be pasted into an issue',
    );
  });
});

/** Lines outside of fences: what Markdown would read. */
const prose = (text: string): string => text.replace(/^(`{3,})[^\n]*\n[\s\S]*?\n\1$/gm, '');

describe.each([
  ['issue', issue],
  ['markdown', markdown],
])('%s and hostile names', (_, report) => {
  test.each(Object.entries(HOSTILE))('stay text: %s', (_name, name) => {
    const text = report.render(hostileResult(name), plain);
    const harmless = report.render(hostileResult('harmless'), plain);
    const rows = (page: string): number[] =>
      page
        .split('\n')
        .filter((line) => line.startsWith('| '))
        .map((line) => line.replace(/\\\|/g, '').split('|').length);
    expect(rows(prose(text))).toEqual(rows(prose(harmless)));
    expect(prose(text).match(/^#+ /gm)).toEqual(prose(harmless).match(/^#+ /gm));
    expect(prose(text).replaceAll('<!-- -->', '')).not.toMatch(/<(?!br>)/);
    expect(prose(text)).not.toMatch(/(^|\W)@livekit|(?<!\\)\]\(|https?:\/\/|[\p{Bidi_Control}]/u);
    expect(text).not.toContain(ESC);
  });
});

test.each(Object.entries(HOSTILE))('a hostile name cannot act on a terminal: %s', (_, name) => {
  const text = terminal.render(hostileResult(name), plain);
  const odd = [...text].filter((c) => c !== '\n' && /[\p{Cc}\p{Bidi_Control}]/u.test(c));
  expect(odd).toEqual([]);
  // A line that begins like a workflow command would be one in the log of a job.
  expect(text).not.toMatch(/^\s*::|##\[/m);
});

test.each(Object.entries(HOSTILE))('a hostile name is a text in JSON: %s', (_, name) => {
  const text = json.render(hostileResult(name), plain);
  const written = JSON.parse(text).plan.skipped[0].reason;
  // What has no UTF-8 form is replaced when the file is written, not before.
  expect(written).toBe(name);
  expect(text).not.toContain(ESC);
});
