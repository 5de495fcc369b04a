import { describe, expect, test } from 'vitest';
import { analyzeRun } from '../../harness/analyze/analyze-run.ts';
import type { RunResult } from '../../harness/contracts/result.ts';
import { visibleWidth } from '../../harness/lib/table.ts';
import { decide } from '../../harness/verdict/verdict.ts';
import { cellTitle } from '../../reports/_cell-title.ts';
import json from '../../reports/json.ts';
import markdown from '../../reports/markdown.ts';
import terminal from '../../reports/terminal.ts';
import {
  type CellScript,
  cellPlan,
  flat,
  KiB,
  leak,
  MiB,
  planOf,
  source,
} from '../analyze/build-ledger.ts';
import { calm, resultOf } from './_results.ts';

const leaking: CellScript = {
  cycles: 40,
  metrics: {
    'native.live': leak(20 * MiB, 400 * KiB),
    'native.pinned': flat(3 * MiB),
    'managed.live': leak(8 * MiB, 3 * KiB),
    'memory.rss': leak(90 * MiB, 400 * KiB),
    'threads.total': leak(20, 1),
    'threads.capture': leak(1, 1),
    'fds.total': flat(38),
  },
  census: (k) => [
    { sizeBytes: 28_976, count: 3 + k },
    { sizeBytes: 6080, count: 20 + 7 * k },
    { sizeBytes: 48, count: 30 },
  ],
  idle: {
    checkpoint: 'left+idle',
    metrics: { 'native.live': leak(20 * MiB + 400 * 40 * KiB, -KiB) },
  },
};
const noise = source(3);
const noisy = Array.from({ length: 40 }, () => 90 * MiB + 20 * MiB * noise.normal());
const open: CellScript = {
  cell: { target: 'demo@3.0.0' },
  cycles: 40,
  metrics: { 'native.live': (k) => noisy[k - 1] },
};
const died: CellScript = {
  cell: { target: 'demo@4.0.0' },
  cycles: 3,
  metrics: { 'native.live': flat(MiB) },
  end: { kind: 'target-died', cycle: 4, reason: 'signal SIGKILL' },
};
const jemalloc = {
  cell: cellPlan({ allocator: 'jemalloc' }),
  reason: 'jemalloc was not found',
  hint: 'apt-get install libjemalloc2',
};

const plain = { color: false, width: 110 };
const everything = (): RunResult =>
  resultOf([leaking, calm, open, died], {
    skipped: [jemalloc],
    truths: [{ cell: 'demo@1.0.0', expect: ['leak'] }],
  });

/** From which cycle on the judge counts growth is its business, not that of a report. */
const anyHorizon = (text: string | undefined): string | undefined =>
  text?.replace(/(over|for) \d+ cycles/g, '$1 NN cycles');

describe('terminal', () => {
  test('a leak', () => {
    const options = { ...plain, folder: 'reports/out/20260102' };
    expect(anyHorizon(terminal.render(resultOf([leaking]), options))).toMatchInlineSnapshot(`
      "join-leave · demo@1.0.0 · inline · glibc                                                            LEAK  fail
        native live      +0.3906 MiB/cycle [0.3906, 0.3906]  over 16 KiB for NN cycles             ▁▂▃▄▅▆▇█
        V8 heap live     +3 KiB/cycle [3, 3]                 creeps, could have seen 16 KiB/cycle  ▂▃▃▄▅▆▆▇
        slack pinned     steady                              could have seen 64 KiB/cycle          ▅▅▅▅▅▅▅▅
        threads          +1/cycle [1, 1]                     over 0 for NN cycles                  ▁▂▃▄▅▆▇█
        threads capture  +1/cycle [1, 1]                     over 0 for NN cycles                  ▁▂▃▄▅▆▇█
        threads 60 · descriptors 38
        live chunks per cycle: 6,080 B x 7.00, 28,976 B x 1.00
        idle for 6 s after the last cycle: native live -6 KiB
        why: native live grows by 0.3906 MiB per cycle [0.3906, 0.3906] over NN cycles, its budget is 16 KiB
        also: threads capture grows by 1 per cycle [1, 1] over NN cycles, its budget is 0
        fingerprint: native 9b36bf4bc678 · threads.capture 9a0ceb498f7a
        next: npx tidemark explain reports/out/20260102
        next: reports/out/20260102/report.md is ready to be pasted into an issue

      verdict: fail (exit 1)"
    `);
  });

  test('steps that may go on are no steps beside a slope: it says when that can be told', () => {
    const steps = (k: number) => [15, 38, 55].filter((at) => k > at).length;
    const stepping: CellScript = {
      cycles: 60,
      metrics: { 'native.live': (k) => (20 + steps(k)) * MiB + KiB * (k % 3) },
    };
    const text = terminal.render(resultOf([stepping]), plain);
    expect(text.split('\n')[1]).toMatchInlineSnapshot(
      `"  native live  +1 KiB/cycle [1, 50]  steps may go on, about 106 cycles would decide  ▁▁▃▃▃▆▆█"`,
    );
    expect(text.split('\n').at(-1)).toBe('verdict: inconclusive (exit 3)');
  });

  test('several cells: side by side, skipped with a hint, truths, exit code', () => {
    const text = terminal.render(everything(), plain);
    expect(text.slice(text.indexOf('per cycle  '))).toMatchInlineSnapshot(`
      "per cycle                           verdict                 decided by               V8 heap live  threads
      join-leave/demo@1.0.0/inline/glibc  leak fail               native live +0.3906 MiB  +3 KiB        +1
      join-leave/demo@2.0.0/inline/glibc  steady pass             native live steady       -             steady
      join-leave/demo@3.0.0/inline/glibc  undecided inconclusive  native live -87 KiB      -             -
      join-leave/demo@4.0.0/inline/glibc  undecided broken        native live unknown      -             -

      target swap (join-leave/demo@1.0.0/inline/glibc): native live does 0.3906 MiB per cycle [0.3906, 0.3906] with
        demo@1.0.0, 0 B per cycle [0, 0] with demo@2.0.0: not the same growth

      skipped join-leave/demo@1.0.0/inline/jemalloc: jemalloc was not found
        try: apt-get install libjemalloc2

      declared truth                      expected  found
      join-leave/demo@1.0.0/inline/glibc  leak      leak   holds

      note: 1 of 5 cells were skipped
      verdict: broken (exit 4)"
    `);
  });

  test('live bytes that cannot be read are not passed over, and what is off and calm is', () => {
    const blind: CellScript = {
      cell: { allocator: 'jemalloc' },
      cycles: 40,
      metrics: { 'managed.live': flat(8 * MiB), 'memory.anonymous': flat(50 * MiB) },
    };
    const seen: CellScript = {
      cycles: 40,
      metrics: {
        'native.live': flat(20 * MiB),
        'native.trimmable': flat(2 * MiB),
        'memory.anonymous': flat(50 * MiB),
      },
    };
    const text = terminal.render(resultOf([seen, blind]), { color: false, width: 100 });
    expect(text.slice(0, text.indexOf('per cycle '))).toMatchInlineSnapshot(`
      "join-leave · demo@1.0.0 · inline · glibc                                                STEADY  pass
        native live  steady  could have seen 16 KiB/cycle  ▅▅▅▅▅▅▅▅
        why: native live is steady, could have shown 16 KiB per cycle

      join-leave · demo@1.0.0 · inline · jemalloc                                             STEADY  pass
        native live       not readable  under jemalloc: anonymous memory stands in
        V8 heap live      steady        could have seen 16 KiB/cycle                ▅▅▅▅▅▅▅▅
        anonymous memory  steady        could have seen 64 KiB/cycle                ▅▅▅▅▅▅▅▅
        why: V8 heap live is steady, could have shown 16 KiB per cycle; anonymous memory is steady, could
          have shown 64 KiB per cycle

      "
    `);
  });

  test('whole multiples come first, and what carries more bytes is told beside them', () => {
    const text = terminal.render(
      resultOf([
        {
          cycles: 40,
          metrics: { 'native.live': leak(20 * MiB, 400 * KiB) },
          census: (k) => [
            { sizeBytes: 112, count: 1000 + Math.round(495.78 * k) },
            { sizeBytes: 28_976, count: k },
            { sizeBytes: 6080, count: 7 * k },
            // One cycle gave three back.
            { sizeBytes: 3712, count: 6 * k - (k > 25 ? 3 : 0) },
          ],
        },
      ]),
      plain,
    );
    expect(text).toContain(
      'live chunks per cycle: 6,080 B x 7.00, 28,976 B x 1.00, 3,712 B x 6.00; and 112 B x 495.78',
    );
  });

  test('repeats are told in one line each', () => {
    const repeats = [400, 404, 408].map(
      (slope, i): CellScript => ({
        ...leaking,
        cell: { repeat: i + 1 },
        metrics: { 'native.live': leak(20 * MiB, slope * KiB) },
      }),
    );
    expect(terminal.render(resultOf(repeats), { ...plain, width: 140 })).toContain(
      'repeats of join-leave/demo@1.0.0/inline/glibc: leak in 3 of 3 repeats; native live does 0.395 MiB per cycle [0.385, 0.404] between them',
    );
  });

  test('steady says what it could have seen, undecided what would decide', () => {
    expect(terminal.render(resultOf([calm]), plain)).toMatch(
      /native live +steady +could have seen [\d.]+ KiB\/cycle/,
    );
    const text = terminal.render(resultOf([open]), plain);
    expect(text).toMatch(/cannot be told from 16 KiB, about \d+\s+cycles would decide/);
    expect(text).toMatch(/next: what would decide: about \d+ cycles in all/);
  });

  test('a failed cell says where and why', () => {
    expect(terminal.render(resultOf([died]), plain)).toContain(
      'failed: target-died in cycle 4: signal SIGKILL',
    );
  });

  test.each([60, 72, 80, 100, 140])('no line is wider than %i columns', (width) => {
    const wide = terminal
      .render(everything(), { color: true, width })
      .split('\n')
      .filter((line) => visibleWidth(line) > width);
    // Rows of a table keep their first columns whole: an id that is cut cannot be searched for. Nor can half a command
    // be copied.
    const kept = /join-leave\/|^ {2}next: npx tidemark /;
    expect(wide.filter((line) => !kept.test(line))).toEqual([]);
  });

  test('a command is one line to copy, whatever the folder is called', () => {
    const second = { ...leaking, cell: { allocator: 'jemalloc' } };
    const folder = "reports/it's my run";
    const text = terminal.render(resultOf([leaking, second]), { color: false, width: 60, folder });
    expect(text.match(/next: npx .*/g)).toEqual([
      `next: npx tidemark explain 'reports/it'\\''s my run'`,
      `next: npx tidemark explain 'reports/it'\\''s my run' --cell join-leave/demo@1.0.0/inline/jemalloc`,
    ]);
  });

  test('a title without the room for all of it keeps what tells cells apart', () => {
    const [cell] = resultOf([leaking]).cells;
    const facts = {
      versions: { node: '20.20.2', ffi: '0.12.73' },
      launchCommand: '',
      nativeBinaries: [],
    };
    const titled = (room: number) => cell && cellTitle({ ...cell, facts }, room);
    expect([80, 50, 40, 24].map(titled)).toEqual([
      'join-leave · demo@1.0.0 (node 20.20.2, ffi 0.12.73) · inline · glibc',
      'join-leave · demo@1.0.0 · inline · glibc',
      'join-leave · demo@1.0.0 · inline · glibc',
      'join-leave ·…ine · glibc',
    ]);
  });

  test('a cell that the ledger has no end of is to be resumed, one that failed has a log', () => {
    const cut: CellScript = { cycles: 20, metrics: { 'native.live': flat(MiB) }, end: 'cut' };
    const told = (script: CellScript) =>
      terminal.render(resultOf([script]), { ...plain, folder: 'out/a' }).match(/next: .*/)?.[0];
    expect([told(cut), told(died)]).toEqual([
      'next: npx tidemark run --resume out/a',
      'next: see out/a/join-leave_demo@4.0.0_inline_glibc.log',
    ]);
  });

  test('a run that is too short says so once, and lists no counts', () => {
    const text = terminal.render(resultOf([{ ...leaking, cycles: 8 }]), plain);
    expect(text.match(/only 8 cycles could be read/g)).toHaveLength(1);
    expect(text).not.toMatch(/threads capture|flat$/m);
  });

  test('truths that are too wide for a table are sentences', () => {
    const truths = [{ cell: 'demo', expect: ['steady' as const, 'warm-up' as const] }];
    const text = terminal.render(resultOf([leaking], { truths }), { color: false, width: 60 });
    expect(text).toContain(
      'declared truth does not hold:\n  join-leave/demo@1.0.0/inline/glibc is leak, expected\n  steady or warm-up\n',
    );
  });

  test('a series with noise passes by what it may do at most, and says from when on it was sure', () => {
    const { normal } = source(5);
    const values = Array.from({ length: 40 }, () => 20 * MiB + 40 * KiB * normal());
    const noisy = { cycles: 40, metrics: { 'native.live': (k: number) => values[k - 1] } };
    const text = terminal.render(resultOf([noisy]), plain);
    expect(text).toMatch(/at most [\d.]+ (KiB|B)\/cycle, sure to see [\d.]+ KiB/);
    expect(text).toMatch(/why: .*is steady, at most [\d.]+ (KiB|B) per cycle, sure to show/);
    expect(text).toContain('verdict: pass');
  });

  test('colours only when asked for, and nothing but colours differs', () => {
    const result = everything();
    const coloured = terminal.render(result, { ...plain, color: true });
    const esc = String.fromCharCode(27);
    expect(coloured).toContain(`${esc}[31m`);
    expect(terminal.render(result, plain)).not.toContain(esc);
    const codes = new RegExp(`${esc}\\[\\d+m`, 'g');
    const squeezed = (text: string): string => text.replace(codes, '').replace(/\s+/g, ' ');
    expect(squeezed(coloured)).toBe(squeezed(terminal.render(result, plain)));
  });

  test('a thread cannot write to the terminal with its name', () => {
    const name = `threads.a${String.fromCharCode(27)}[2Jb`;
    const result = resultOf([{ ...leaking, metrics: { ...leaking.metrics, [name]: leak(1, 1) } }]);
    expect(terminal.render(result, plain)).not.toContain(String.fromCharCode(27));
  });
});

describe('json', () => {
  test('is the result', () => {
    const result = everything();
    // A bound that is not known is the largest number inside, and null in the file.
    const known = (_: string, value: unknown): unknown =>
      value === Number.MAX_VALUE || value === -Number.MAX_VALUE ? null : value;
    expect(JSON.parse(json.render(result, plain))).toEqual(
      JSON.parse(JSON.stringify(result, known)),
    );
  });

  test('has no secrets', () => {
    const { plan, ...rest } = resultOf([calm]);
    const settings = {
      ...plan.settings,
      command: 'bot --url ws://user:hunter2@host --api-secret s3cr3t LIVEKIT_API_KEY=k3y',
      parameters: { token: 'eyJhbGciOi.eyJ2aWRlbyI6.c2ln', rooms: 2 },
    };
    const text = json.render({ ...rest, plan: { ...plan, settings } }, plain);
    expect(JSON.parse(text).plan.settings).toMatchObject({
      command: 'bot --url ws://***@host --api-secret *** LIVEKIT_API_KEY=***',
      parameters: { token: '***', rooms: 2 },
    });
  });
});

describe('markdown', () => {
  test('the issue report', () => {
    expect(
      anyHorizon(markdown.render(resultOf([leaking], { skipped: [jemalloc] }), plain)),
    ).toMatchInlineSnapshot(`
      "# demo@1.0.0, join-leave: leak

      native live grows by 0.3906 MiB per cycle [0.3906, 0.3906] over NN cycles, its budget is 16 KiB.

      ## Verdict

      Over all: **fail** (exit code 1).

      | cell | it is | verdict | cycles | because |
      | --- | --- | --- | --- | --- |
      | join-leave/demo@1.0.0/inline/glibc | **leak** | fail | 40 of 40 | native live grows by 0.3906 MiB per cycle [0.3906, 0.3906] over NN cycles, its budget is 16 KiB |

      Other evidence:

      - join-leave/demo@1.0.0/inline/glibc, count-grows (for leak): threads capture grows by 1 per cycle [1, 1] over NN cycles, its budget is 0

      ## What grows, per cycle, at rest

      | cell | metric | slope [95 % interval] | meaning | budget check |
      | --- | --- | --- | --- | --- |
      | join-leave/demo@1.0.0/inline/glibc | native live | +0.3906 MiB/cycle [0.3906, 0.3906] | over 16 KiB for NN cycles | fail |
      | join-leave/demo@1.0.0/inline/glibc | V8 heap live | +3 KiB/cycle [3, 3] | creeps, could have seen 16 KiB/cycle | pass |
      | join-leave/demo@1.0.0/inline/glibc | slack pinned | 0 B/cycle [0, 0] | steady, could have seen 64 KiB/cycle | pass |
      | join-leave/demo@1.0.0/inline/glibc | threads | +1/cycle [1, 1] | over 0 for NN cycles | fail |
      | join-leave/demo@1.0.0/inline/glibc | threads capture | +1/cycle [1, 1] | over 0 for NN cycles | fail |

      Metrics that do not gate and do not grow are in result.json.

      | cell | at rest, after collection | first cycle | last cycle |
      | --- | --- | --- | --- |
      | join-leave/demo@1.0.0/inline/glibc | native live | 20.4 MiB | 35.6 MiB |
      | join-leave/demo@1.0.0/inline/glibc | V8 heap live | 8 MiB | 8.12 MiB |
      | join-leave/demo@1.0.0/inline/glibc | threads | 21 | 60 |
      | join-leave/demo@1.0.0/inline/glibc | descriptors | 38 | 38 |

      ## Budgets

      | cell | metric | check | it does | limit on | level | reason |
      | --- | --- | --- | --- | --- | --- | --- |
      | join-leave/demo@1.0.0/inline/glibc | native live | fail | at least 0.39 MiB of 16 KiB per cycle, 25 times the limit | growth | error | caches and logs of a healthy client creep by a few KiB |
      | join-leave/demo@1.0.0/inline/glibc | threads | fail | at least 1 of 0 per cycle | growth | error | a round trip ends its threads |
      | join-leave/demo@1.0.0/inline/glibc | threads capture | fail | at least 1 of 0 per cycle | growth | error | a round trip ends its threads |
      | join-leave/demo@1.0.0/inline/glibc | slack pinned | pass | at most 0 B of 64 KiB per cycle, 100 % below | growth | warn | fragmentation is the allocator at work, worth knowing |
      | join-leave/demo@1.0.0/inline/glibc | V8 heap live | pass | at most 3 KiB of 16 KiB per cycle, 81 % below | growth | error | a V8 heap after collection moves by 2 to 39 KiB at rest |

      | cell | what | fingerprint | known |
      | --- | --- | --- | --- |
      | join-leave/demo@1.0.0/inline/glibc | native | \`9b36bf4bc678\` |  |
      | join-leave/demo@1.0.0/inline/glibc | threads.capture | \`9a0ceb498f7a\` |  |

      ## Live chunks that grow

      | cell | chunk size | chunks per cycle | bytes per cycle | whole multiple |
      | --- | --- | --- | --- | --- |
      | join-leave/demo@1.0.0/inline/glibc | 6,080 B | 7.00 | 41.6 KiB | **7** |
      | join-leave/demo@1.0.0/inline/glibc | 28,976 B | 1.00 | 28.3 KiB | **1** |

      A whole number of chunks in every cycle is a part of the leaked object, whoever allocated it.

      ## After the last cycle, idle

      | cell | idle | change |
      | --- | --- | --- |
      | join-leave/demo@1.0.0/inline/glibc | left, 6 s | native live -6 KiB |

      ## Versions

      | cell | versions | native binary loaded | allocator proven by |
      | --- | --- | --- | --- |
      | join-leave/demo@1.0.0/inline/glibc | sdk 1.0.0 | libdemo.so | libglibc is mapped |

      tidemark 0.1.0, kernel 6.1.0 x64, glibc 2.36, harness on node v20.20.2, 2 cpus, huge pages madvise, network private.

      Launch command:

      \`\`\`
      node job-host.js
      \`\`\`

      ## Run it again

      \`\`\`sh
      npx tidemark run --scenario join-leave --target demo@1.0.0 --executor inline --allocator glibc --allocator jemalloc --cycles 40
      \`\`\`

      ## What was not tested

      - join-leave/demo@1.0.0/inline/jemalloc: skipped, jemalloc was not found (apt-get install libjemalloc2)
      - another allocator: no allocator swap was made
      - the spread between runs: every cell ran once
      - anything beyond cycle 40
      - the cause: no heap snapshot and no allocation profile was taken
      - 1 of 2 cells were skipped
      "
    `);
  });

  test('names from outside cannot make markup, tables, HTML, mentions or links', () => {
    const name = 'threads.|x*_`<img src=x>@livekit #12 https://evil.test [a](b)';
    const result = resultOf([
      { ...leaking, metrics: { 'native.live': flat(1), [name]: leak(1, 1) } },
    ]);
    const line = markdown
      .render(result, plain)
      .split('\n')
      .find((text) => text.includes('evil'));
    expect(anyHorizon(line)).toMatchInlineSnapshot(
      `"threads \\|x\\*\\_\\\`&lt;img src=x&gt;@<!-- -->livekit #<!-- -->12 https:&#47;/evil.test [a\\](b) grows by 1 per cycle [1, 1] over NN cycles, its budget is 0."`,
    );
  });

  test('a command line cannot end its fence, nor carry a secret', () => {
    const { plan, ...rest } = resultOf([calm]);
    const command = '```\n# heading --password hunter2';
    const text = markdown.render(
      { ...rest, plan: { ...plan, settings: { ...plan.settings, command } } },
      plain,
    );
    expect(text).toContain('````sh\nnpx tidemark run');
    expect(text).not.toContain('\n# heading');
    expect(text).not.toContain('hunter2');
  });

  test('a run that measured nothing has a report too', () => {
    const plan = planOf({ cells: [], skipped: [jemalloc] });
    const result = decide(plan, analyzeRun(plan, { entries: [], problems: [] }));
    const text = markdown.render(result, plain);
    expect(text).toMatch(/^# Nothing was measured\n/);
    expect(text).toContain('skipped, jemalloc was not found (apt-get install libjemalloc2)');
  });
});
