import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import report from '../../reports/csv.ts';
import { flat, leak } from '../analyze/build-ledger.ts';
import { calm, HOSTILE, hostileResult, manyCells, plain, resultOf } from './_results.ts';

describe('csv', () => {
  test('one value a line', () => {
    const result = resultOf([
      { ...calm, cycles: 3, metrics: { 'native.live': leak(10, 5), 'threads.total': flat(2) } },
    ]);
    expect(report.render(result, plain)).toMatchInlineSnapshot(`
      "cell,metric,unit,cycle,value
      join-leave/demo@2.0.0/inline/glibc,native.live,bytes,1,15
      join-leave/demo@2.0.0/inline/glibc,native.live,bytes,2,20
      join-leave/demo@2.0.0/inline/glibc,native.live,bytes,3,25
      join-leave/demo@2.0.0/inline/glibc,threads.total,count,1,2
      join-leave/demo@2.0.0/inline/glibc,threads.total,count,2,2
      join-leave/demo@2.0.0/inline/glibc,threads.total,count,3,2
      "
    `);
  });

  test('has every value, also of long series', () => {
    const rows: string[][] = parse(report.render(resultOf([calm]), plain));
    expect(rows).toHaveLength(1 + 40 * 4);
  });

  test('is whole where charts are thinned', () => {
    const result = manyCells({ cells: 1, cycles: 1000 });
    const rows: string[][] = parse(report.render(result, plain));
    const cycles = rows
      .filter(([, metric]) => metric === 'memory.rss')
      .map((row) => Number(row[3]));
    expect(cycles).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1));
    const drawn = result.cells[0]?.display.metrics['memory.anonymous']?.values.length;
    expect(drawn).toBeLessThanOrEqual(400);
  });

  test.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-2', "'-2"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'=1"],
    ['"=1', `'"=1`],
    ['\uff1d1', "'\uff1d1"],
    ['a,b;"c"', 'a,b;"c"'],
  ])('a name that is a formula is a text: %j', (name, shown) => {
    const result = resultOf([calm]);
    const cells = result.cells.map((cell) => ({ ...cell, cell: { ...cell.cell, id: name } }));
    const rows: string[][] = parse(report.render({ ...result, cells }, plain));
    expect(rows[1]?.[0]).toBe(shown);
  });

  test.each(Object.entries(HOSTILE))('a hostile name stays in its field: %s', (_, name) => {
    const rows: string[][] = parse(report.render(hostileResult(name), plain));
    expect(rows).toHaveLength(parse(report.render(hostileResult('harmless'), plain)).length);
    expect(rows.filter((row) => row.length !== 5 || /^[=+\-@]/.test(row[0] ?? ''))).toEqual([]);
  });
});
