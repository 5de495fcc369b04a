import { describe, expect, test } from 'vitest';
import { pointsPerSeries } from '../../harness/analyze/display-metrics.ts';
import { placesToKeep, thinSeries, withoutFlats } from '../../harness/analyze/thin-series.ts';
import { manyCells, resultOf } from '../reports/_results.ts';
import { flat, leak, source } from './build-ledger.ts';

describe('thinning', () => {
  const { normal } = source(5);
  const cycles = Array.from({ length: 1000 }, (_, i) => i + 1);
  const values = cycles.map(() => normal());
  values[333] = 40;
  values[712] = -40;

  test('keeps ends and extremes, in order, within the number of points', () => {
    const thinned = thinSeries({ cycles, values }, 400);
    expect(thinned.cycles.length).toBeLessThanOrEqual(400);
    expect(thinned.cycles).toEqual([...new Set(thinned.cycles)].sort((a, b) => a - b));
    expect([thinned.cycles[0], thinned.cycles.at(-1)]).toEqual([1, 1000]);
    expect([thinned.values.includes(40), thinned.values.includes(-40)]).toEqual([true, true]);
    expect(thinned.values).toEqual(thinned.cycles.map((cycle) => values[cycle - 1]));
  });

  test('leaves a short series alone, and keeps one of any length within any number of points', () => {
    const short = { cycles: [1, 2, 4], values: [5, 5, 6] };
    expect(thinSeries(short, 400)).toEqual(short);
    const tooMany = [0, 1, 2, 5, 41, 100].filter((length) =>
      [4, 5, 40].some((most) => placesToKeep(values.slice(0, length), most).length > most),
    );
    expect(tooMany).toEqual([]);
  });

  test('of a level stretch only the ends are needed', () => {
    const level = { cycles: [1, 2, 3, 4, 5], values: [5, 5, 5, 6, 6] };
    expect(withoutFlats(level)).toEqual({ cycles: [1, 3, 4, 5], values: [5, 5, 6, 6] });
  });

  test('many series share the points of a report', () => {
    expect([1, 1000, 100_000].map(pointsPerSeries)).toEqual([400, 200, 60]);
  });
});

describe('display series', () => {
  test('are thin beside series that stay whole', () => {
    const [cell] = manyCells({ cells: 1, cycles: 1000 }).cells;
    const live = cell?.metrics.find(({ id }) => id === 'native.live');
    expect(live?.series.values.length).toBe(1000 - (live?.missing ?? 0));
    expect(cell?.display.metrics['native.live']?.values.length).toBeLessThanOrEqual(400);
    expect(cell?.display.breakdown?.cycles.length).toBeLessThanOrEqual(240);
  });

  test('the stack keeps the cycle in which resident memory was highest', () => {
    const spike = (cycle: number): number => (cycle === 777 ? 900e6 : 90e6 + cycle);
    const { cells } = resultOf([
      { cycles: 1000, metrics: { 'memory.rss': spike, 'map.other': spike, 'map.code': flat(1e6) } },
    ]);
    const stack = cells[0]?.display.breakdown;
    const place = stack?.cycles.indexOf(777) ?? -1;
    expect([stack?.resident[place], stack?.parts.other?.[place]]).toEqual([900e6, 900e6]);
  });

  test('checkpoints have the last look of each name; a tail begins with the last sample at rest', () => {
    const { cells } = resultOf([
      {
        cycles: 12,
        metrics: { 'native.live': leak(1000, 10), 'native.tcache': flat(7) },
        idle: { checkpoint: 'left+idle', metrics: { 'native.live': leak(1200, 1) } },
      },
    ]);
    expect(cells[0]?.display).toMatchObject({
      breakdown: null,
      idleTails: [
        {
          kind: 'left',
          metrics: {
            'native.live': {
              cycles: [0, 1, 2, 3, 4, 5, 6],
              values: [1120, 1201, 1202, 1203, 1204, 1205, 1206],
            },
          },
        },
      ],
      checkpoints: [
        { name: 'left+gc', cycle: 12, values: { 'native.live': 1120 } },
        { name: 'left+idle', cycle: 12, values: { 'native.live': 1201 } },
        { name: 'left+idle', cycle: 12, values: { 'native.live': 1206 } },
      ],
    });
  });
});
