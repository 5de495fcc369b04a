import { expect, it } from 'vitest';
import { lookSchedule } from '../../harness/explain/schedule.ts';
import pythonAllocations from '../../harness/explainers/python-allocations.ts';
import { contextFor } from '../heap/_planted.ts';
import { startPython } from '../lib/_python.ts';
import { until } from '../lib/_real-parts.ts';

const PROGRAM = `
import sys
kept = []
cache = {}
for line in sys.stdin:
    cycle = int(line)
    kept.append(bytes(3000))
    cache[cycle % 5] = bytearray(2000)
    print("done", cycle, flush=True)
`;

it('Python that keeps 3,000 bytes per cycle is told with the line that makes them, and with no other', async () => {
  const python = await startPython(PROGRAM);
  await until(() => python.runtimes().length > 0, 20_000);
  const runtimes = python.runtimes();
  const work = await pythonAllocations.start(contextFor('nowhere', runtimes));
  const looks = lookSchedule();
  for (let cycle = 1; cycle <= (looks.at(-1)?.cycle ?? 0); cycle += 1) {
    python.tell(String(cycle));
    await python.says(`done ${cycle}`);
    for (const { kind } of looks.filter((look) => look.cycle === cycle))
      await work.look({ cycle, kind, runtimes, processes: [] });
  }
  const { findings } = await work.conclude();
  expect(findings).toEqual([
    {
      explainer: 'python-allocations',
      state: 'growing',
      says: expect.stringMatching(
        /^1(\.02)? blocks of Python per cycle, 2\.9\d KiB, are allocated at .*program\.py:7 and stay$/,
      ),
      // The list itself is made anew there now and then.
      countPerCycle: expect.closeTo(1, 1),
      bytesPerCycle: expect.closeTo(3033, -2),
      trace: [
        expect.stringMatching(
          /program\.py:7: size=\S+ MiB \(\+\S+ \w+\), count=6[01] \(\+6[01]\)$/,
        ),
      ],
      details: [],
    },
  ]);
}, 120_000);
