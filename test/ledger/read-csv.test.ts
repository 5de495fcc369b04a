import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCsv } from '../../harness/ledger/read-csv.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-csv-'));
let files = 0;
function csv(text: string): string {
  files += 1;
  const file = join(folder, `${files}.csv`);
  writeFileSync(file, text);
  return file;
}

describe('a CSV of series', () => {
  it('gives one column per metric', () => {
    expect(readCsv(csv('cycle,rss,threads\n1,100,5\n2,110,5\n4,120,6\n'))).toEqual({
      columns: [
        { metric: 'rss', points: { cycles: [1, 2, 4], values: [100, 110, 120] }, hasUnit: false },
        { metric: 'threads', points: { cycles: [1, 2, 4], values: [5, 5, 6] }, hasUnit: false },
      ],
      index: 'cycle',
      notes: [],
    });
  });

  it('reads sizes, byte order mark, quotes, CRLF and semicolons', () => {
    const { columns } = readCsv(csv('\uFEFFcycle;"rss"\r\n1;1KiB\r\n2;"2 KiB"\r\n'));
    expect(columns[0]).toEqual({
      metric: 'rss',
      points: { cycles: [1, 2], values: [1024, 2048] },
      hasUnit: true,
    });
  });

  it.each([
    ['rss_kib', 1024, 'kib'],
    ['rss_MB', 1e6, 'MB'],
    ['heap [GiB]', 1024 ** 3, 'GiB'],
  ])('reads plain numbers in the unit that the name %s says, and tells', (name, factor, unit) => {
    const { columns, notes } = readCsv(csv(`cycle,${name}\n1,5\n2,6\n`));
    expect(columns[0]?.points.values).toEqual([5 * factor, 6 * factor]);
    expect(notes).toEqual([`column ${name}: its numbers are read as ${unit}, as its name says`]);
  });

  it('leaves bytes, units in the cells and names that only end so alone', () => {
    const { columns, notes } = readCsv(
      csv('cycle,rss_bytes,rss_kib,thumb\n1,5,1MiB,7\n2,6,1MiB,8\n'),
    );
    expect(columns.map(({ points }) => points.values)).toEqual([
      [5, 6],
      [1_048_576, 1_048_576],
      [7, 8],
    ]);
    expect(notes).toEqual([]);
  });

  it('counts rows where the first column is a time', () => {
    const { columns, index } = readCsv(
      csv('time,rss\n2026-01-01T00:00:00Z,1\n2026-01-01T00:10:00Z,2\n2026-01-01T00:11:00Z,3\n'),
    );
    expect([index, columns[0]?.points]).toEqual(['time', { cycles: [1, 2, 3], values: [1, 2, 3] }]);
  });

  it('leaves gaps out and says so', () => {
    const { columns, notes } = readCsv(csv('cycle,rss\n1,5\n2,\n3,NA\n4,6\n'));
    expect(columns[0]?.points).toEqual({ cycles: [1, 4], values: [5, 6] });
    expect(notes).toEqual(['column rss: 2 of 4 cells are empty and were left out']);
  });

  it.each<[string, string, string]>([
    ['nothing', '', 'is empty'],
    ['a header only', 'cycle,rss\n', 'has 0 rows of values'],
    ['one row', 'cycle,rss\n1,2\n', 'has 1 row of values'],
    ['no metric', 'cycle\n1\n2\n', 'has no metric column'],
    ['an unknown first column', 'rss,heap\n1,2\n2,3\n', "the first column is 'rss'"],
    ['a bad cell', 'cycle,rss\n1,2\n2,lots\n', "line 3, column rss: 'lots' is not a value"],
    [
      'a thousands separator',
      'cycle,rss\n1,"1,024"\n2,5\n',
      "line 2, column rss: '1,024' is not a value",
    ],
    [
      'a wrong unit',
      'cycle,rss\n1,5 parsecs\n2,5\n',
      "line 2, column rss: '5 parsecs' is not a value",
    ],
    ['mixed units', 'cycle,rss\n1,5KiB\n2,6\n', 'column rss: line 3 has no unit, line 2 has one'],
    [
      'a first column that falls',
      'cycle,rss\n2,5\n1,6\n',
      'the first column must rise, 1 comes after 2',
    ],
    ['a column twice', 'cycle,rss,rss\n1,5,5\n2,6,6\n', 'column rss is there twice'],
    [
      'a row that is too wide',
      'cycle,rss\n1,5\n2,1,024\n',
      'line 3 has more cells than the header',
    ],
  ])('refuses %s', (_, text, message) => {
    expect(() => readCsv(csv(text))).toThrow(message);
  });
});
