import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { lookSchedule } from '../../harness/explain/schedule.ts';
import pythonAllocations from '../../harness/explainers/python-allocations.ts';
import { startChild } from '../../harness/lib/child.ts';
import { targetEnvironment } from '../../harness/lib/child-env.ts';
import { pythonHelper } from '../../harness/targets/_python-helper.ts';
import { contextFor } from '../heap/_planted.ts';
import { temporaryFolder, until } from '../lib/_real-parts.ts';

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
  const file = join(temporaryFolder(), 'program.py');
  writeFileSync(file, PROGRAM);
  const helper = pythonHelper(undefined);
  const lines: string[] = [];
  const child = await startChild({
    command: 'python3',
    args: ['-u', file],
    env: targetEnvironment(helper.environment),
    stdin: 'pipe',
    onLine: (line) => lines.push(line),
  });
  onTestFinished(async () => {
    await child.stop(0);
    helper.remove();
  });
  await until(() => helper.runtimes().length > 0, 20_000);
  const runtimes = helper.runtimes();
  const work = await pythonAllocations.start(contextFor('nowhere', runtimes));
  const looks = lookSchedule();
  for (let cycle = 1; cycle <= (looks.at(-1)?.cycle ?? 0); cycle += 1) {
    child.process.stdin?.write(`${cycle}\n`);
    await until(() => lines.includes(`done ${cycle}`), 20_000);
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
          /program\.py:7: size=\S+ KiB \(\+\S+ \w+\), count=6[01] \(\+6[01]\)$/,
        ),
      ],
      details: [],
    },
  ]);
}, 120_000);
