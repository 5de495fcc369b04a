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
      seconds: null,
      notes: ['cycle 4 comes after 2: what is missing was left out'],
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
    ['heapUsedMB', 1e6, 'MB'],
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
    const { columns, index, notes } = readCsv(
      csv('time,rss\n2026-01-01T00:00:00Z,1\n2026-01-01T00:10:00Z,2\n2026-01-01T00:11:00Z,3\n'),
    );
    expect([index, columns[0]?.points]).toEqual(['time', { cycles: [1, 2, 3], values: [1, 2, 3] }]);
    expect(notes).toEqual([
      'line 3 comes 10 times as late as rows do mostly: rows are counted, not time, unless the budget is per minute',
    ]);
  });

  it.each([
    ['time (ms)', ['0', '500'], [0, 0.5]],
    ['elapsedMs', ['250.5', '500'], [0.2505, 0.5]],
    ['timestamp', ['1767225600000', '1767225615000'], [1_767_225_600, 1_767_225_615]],
    ['epoch', ['1767225600', '1767225615'], [1_767_225_600, 1_767_225_615]],
    ['# Time', ['09:59:59 AM', '01:00:00 PM'], [35_999, 46_800]],
    ['etime', ['59:59', '1-01:00:00'], [3599, 90_000]],
    ['time', ['1', '2'], null],
  ])('reads the times of %s %j in seconds, where it can', (name, times, seconds) => {
    const rows = times.map((time, at) => `${time};${at}`);
    expect(readCsv(csv(`${name};rss\n${rows.join('\n')}\n`)).seconds).toEqual(seconds);
  });

  it('reads what PowerShell, pandas, pidstat and spreadsheets write', () => {
    const read = (text: string) => {
      const { columns, notes } = readCsv(csv(text));
      return { ...Object.fromEntries(columns.map((c) => [c.metric, c.points.values])), notes };
    };
    const file = join(folder, 'utf16.csv');
    writeFileSync(file, Buffer.from('\uFEFFcycle,rss\n1,5\n2,6\n', 'utf16le'));
    expect(readCsv(file).columns[0]?.points.values).toEqual([5, 6]);
    expect(read(',rss\n0,5.5\n1,NaN\n2,None\n3,6\n')).toEqual({
      rss: [5.5, 6],
      notes: ['column rss: 2 of 4 cells are empty and were left out'],
    });
    expect(
      read('# a remark\n# Time,%CPU,RSS,Command\n10:00:01,3.5,5,node\n10:00:02,2,6,node\n'),
    ).toEqual({
      RSS: [5, 6],
      notes: [
        'column %CPU: a share or a rate, left out',
        "column Command: words ('node'), left out",
      ],
    });
    expect(read('cycle;heap (MB);\n1;40,5;\n2;41,25;\n')).toEqual({
      'heap (MB)': [40.5e6, 41.25e6],
      notes: [
        'column heap (MB): a comma is read as the decimal point',
        'column heap (MB): its numbers are read as MB, as its name says',
      ],
    });
  });

  it('names the line of the file, empty lines and remarks counted', () => {
    expect(() => readCsv(csv('# a remark\n\ncycle,rss\n1,2\n\n2,lots\n'))).toThrow(
      "line 6, column rss: 'lots' is not a value",
    );
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
    ['no header', '1,5\n2,6\n3,7\n', "the first column is '1'"],
    ['what is no text', 'cycle,rss\0\n1,2\n2,3\n', 'is no text'],
    ['words alone', 'cycle,name\n1,a\n2,b\n', 'has no column of numbers'],
    ['a cycle twice', 'cycle,rss\n1,5\n1,6\n', 'the first column must rise, 1 comes after 1'],
    [
      'what may be thousands or a decimal comma',
      'cycle;rss\n1;40,065\n2;41,250\n',
      "line 2, column rss: '40,065' is not a value",
    ],
    [
      'a row that is too wide',
      'cycle,rss\n1,5\n2,1,024\n',
      'line 3 has more cells than the header',
    ],
  ])('refuses %s', (_, text, message) => {
    expect(() => readCsv(csv(text))).toThrow(message);
  });
});
