import { describe, expect, test } from 'vitest';
import {
  formatAmount,
  formatChange,
  formatInterval,
  formatRate,
  formatSeconds,
  formatSlope,
  grouped,
} from '../../harness/lib/format.ts';
import { escapeMarkdown, fenced, oneLine, redact } from '../../harness/lib/format-safe.ts';
import { sparkline } from '../../harness/lib/sparkline.ts';
import { alignRows, cut, markdownTable, wrap } from '../../harness/lib/table.ts';

test('bytes are written in the unit that reads best', () => {
  const written = [0, 1, 999, 1024, 16_384, 100_000, 110_000, 492_831, 3_355_443, 2e9, -2048];
  expect(written.map((bytes) => formatAmount(bytes, 'bytes'))).toEqual([
    '0 B',
    '1 B',
    '999 B',
    '1 KiB',
    '16 KiB',
    '97.7 KiB',
    '0.1 MiB',
    '0.47 MiB',
    '3.2 MiB',
    '1.86 GiB',
    '-2 KiB',
  ]);
});

test('counts have no unit, rates and changes have a sign', () => {
  expect([
    formatAmount(23, 'count'),
    formatRate(1, 'count'),
    formatRate(-0.05, 'count'),
    formatChange(0, 'bytes'),
    formatRate(492_831, 'bytes'),
    formatAmount(1.5, 'ms'),
  ]).toEqual(['23', '+1/cycle', '-0.05/cycle', '0 B', '+0.47 MiB/cycle', '1.5 ms']);
});

test('an interval is in the unit of its slope, and says when it has no end', () => {
  const like = { value: 492_831, unit: 'bytes' } as const;
  expect(formatInterval(482_345, 503_316, like)).toBe('[0.46, 0.48]');
  for (const value of [0, 492_831, 3 * 1024 ** 3]) {
    const unbounded = formatInterval(-Number.MAX_VALUE, Number.MAX_VALUE, { ...like, value });
    expect(unbounded).toBe('[-∞, ∞]');
  }
  expect(formatInterval(-Number.MAX_VALUE, Infinity, like)).toBe('[-∞, ∞]');
  expect(formatAmount(Number.MAX_VALUE, 'bytes')).toBe('? GiB');
});

test('the digits of a slope follow its interval, two at least, four at most', () => {
  const MiB = 1024 ** 2;
  const text = (value: number, low: number, high: number, unit: 'bytes' | 'count' = 'bytes') => {
    const { amount, interval } = formatSlope({ value, low, high }, unit);
    return `${amount} ${interval}`;
  };
  expect([
    text(0.402 * MiB, 0.401 * MiB, 0.403 * MiB),
    text(0.43 * MiB, 0.41 * MiB, 0.44 * MiB),
    text(0.390625 * MiB, 0.390625 * MiB, 0.390625 * MiB),
    text(3072, 3072, 3072),
    text(3900, 2060, 4800),
    text(-182, -637, 323),
    text(5, -20_000, 30_000),
    text(0, 0, 0),
    text(1, 1, 1, 'count'),
    text(-0.0004, -0.01, 0.02, 'count'),
    text(0.46 * MiB, -Number.MAX_VALUE, Infinity),
  ]).toEqual([
    '0.402 MiB [0.401, 0.403]',
    '0.43 MiB [0.41, 0.44]',
    '0.3906 MiB [0.3906, 0.3906]',
    '3 KiB [3, 3]',
    '3.8 KiB [2.0, 4.7]',
    '-182 B [-637, 323]',
    '0 KiB [-20, 29]',
    '0 B [0, 0]',
    '1 [1, 1]',
    '0.00 [-0.01, 0.02]',
    '0.46 MiB [-∞, ∞]',
  ]);
});

test('sizes of chunks are grouped', () => {
  expect([28_976, 112, 1_234_567].map(grouped)).toEqual(['28,976', '112', '1,234,567']);
});

test('seconds', () => {
  expect([0.35, 5, 60, 125].map(formatSeconds)).toEqual(['350 ms', '5 s', '1 min', '2 min 5 s']);
});

test('a sparkline follows medians; a rise smaller than what matters is drawn flat', () => {
  const rise = Array.from({ length: 16 }, (_, i) => i);
  expect(sparkline(rise, { width: 8, smallestRange: 0 })).toBe('▁▂▃▄▅▆▇█');
  expect(sparkline([5, 6, 5, 6], { width: 4, smallestRange: 100 })).toBe('▄▅▄▅');
  expect(sparkline([7, 7, 7], { width: 8, smallestRange: 0 })).toBe('▄▄▄');
  expect(sparkline([], { width: 8, smallestRange: 0 })).toBe('');
});

test('tables and wrapping', () => {
  expect(
    alignRows(
      [
        ['a', 'bb'],
        ['ccc', 'd'],
      ],
      '  ',
    ),
  ).toEqual(['  a    bb', '  ccc  d']);
  expect(markdownTable(['a', 'b'], [['1', '2']])).toBe('| a | b |\n| --- | --- |\n| 1 | 2 |');
  expect(wrap('  why: one two three', 12, '    ')).toEqual(['  why: one', '    two', '    three']);
  expect(cut('abcdef', 4)).toBe('abc…');
});

describe('what may not reach a report', () => {
  test.each([
    ['wss://me:pw@host/x', 'wss://***@host/x'],
    ['redis://:pw@host', 'redis://***@host'],
    ['--token abc --room r1', '--token *** --room r1'],
    ['LIVEKIT_API_SECRET=abc DEBUG=1', 'LIVEKIT_API_SECRET=*** DEBUG=1'],
    ['{"apiKey":"abc","n":1}', '{"apiKey":***,"n":1}'],
    ['Authorization: Bearer abcdefgh12', 'Authorization: Bearer ***'],
    ['?access_token=abc&x=1', '?access_token=***&x=1'],
    ['eyJhbGciOiJI.eyJ2aWRlbyI6.c2lnbmF0', '***'],
    ['authorization: Basic dXNlcjpwYXNzd29yZA==', 'authorization: Basic ***'],
    ['a basic understanding of it', 'a basic understanding of it'],
    ['used sk-proj-abcdefgh12345678 of', 'used *** of'],
    ['AKIAIOSFODNN7EXAMPLE', '***'],
    ['https://s3/x?X-Amz-Signature=abc123&y=1', 'https://s3/x?X-Amz-Signature=***&y=1'],
    ['threads tokio-runtime-w 12', 'threads tokio-runtime-w 12'],
    ['rtc-node@1.1.0+ffi0.12.80', 'rtc-node@1.1.0+ffi0.12.80'],
  ])('%s', (text, clean) => {
    expect(redact(text)).toBe(clean);
  });

  test('control characters and directions become a space', () => {
    expect(oneLine('a\u001b[2Jb\r\nc\u202ed\u0007')).toBe('a [2Jb c d');
  });
});

test('markdown from outside stays text', () => {
  expect(escapeMarkdown('1. *a* | <b>&`c` \\ [x](y) [1, 2] _e_ a_b')).toBe(
    '\\1. \\*a\\* \\| &lt;b&gt;&amp;\\`c\\` \\\\ [x\\](y) [1, 2] \\_e\\_ a_b',
  );
  expect(escapeMarkdown('@livekit/rtc-node@1.1.0 #12 a@b')).toBe(
    '@<!-- -->livekit/rtc-node@1.1.0 #<!-- -->12 a@b',
  );
  expect(fenced(['a ``` b'])).toBe('````\na ``` b\n````');
});

test('a secret is found behind a word of 10 kB and under a long name', () => {
  const long = `${'a'.repeat(10_000)} my-service-api-key=abc123 wss://user:pw@host/`;
  expect(redact(long).slice(10_000)).toBe(' my-service-api-key=*** wss://***@host/');
});
