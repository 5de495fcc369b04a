import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { look } from '../../harness/native/look.ts';
import { startGuard } from '../../harness/native/quiesce.ts';
import { openReader, type TargetReader } from '../../harness/native/reader.ts';
import { allDead } from '../../harness/native/threads.ts';
import { walkHeap } from '../../harness/native/walk-heap.ts';
import { findTool, testWith } from './support/requirements.ts';
import { openWorkshop, startTarget, type Workshop } from './support/targets.ts';
import { exactWalk, refused, walked, walkedStopped } from './support/walks.ts';

const test = testWith(findTool('cc'), 'a C compiler (cc)');

function stateOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat[stat.lastIndexOf(')') + 2] ?? '?';
}

async function becomes(pid: number, states: string): Promise<string> {
  for (let tries = 0; tries < 100 && !states.includes(stateOf(pid)); tries++) await delay(10);
  return stateOf(pid);
}

describe('targets that do not hold still', () => {
  let workshop: Workshop;
  let program: string;

  beforeAll(async () => {
    workshop = await openWorkshop();
    program = await workshop.compile('targets.c', 'targets');
  });
  afterAll(() => workshop[Symbol.asyncDispose]());

  test('eight busy threads: never exact while they run, exact whenever they are stopped, and going on after', async () => {
    await using target = startTarget(program, ['busy', '1', '8']);
    await target.line();
    await delay(200);
    const running = await walkHeap(target.pid, { tries: 3 });
    expect(running.state === 'read' ? running.walk.quality : running.refusal.kind).not.toBe(
      'exact',
    );
    const seen = new Set<string>();
    let longestStop = 0;
    for (let round = 0; round < 30; round++) {
      const walk = await walkedStopped(target.pid);
      seen.add(walk.quality);
      longestStop = Math.max(longestStop, walk.stoppedMs);
    }
    expect([...seen]).toEqual(['exact']);
    expect(longestStop).toBeGreaterThan(0);
    expect(await becomes(target.pid, 'SR')).toMatch(/[SR]/);
    expect(await target.ask('?')).toBe('ok');
  });

  test('if-inconsistent stops only when no try was good', async () => {
    await using busy = startTarget(program, ['busy', '1', '8']);
    await using still = startTarget(program, ['small', '1']);
    await busy.line();
    await still.line();
    await delay(100);
    const idle = await walked(still.pid, { stop: 'if-inconsistent' });
    expect({ quality: idle.quality, stoppedMs: idle.stoppedMs }).toEqual({
      quality: 'exact',
      stoppedMs: 0,
    });
    const walk = await walked(busy.pid, { stop: 'if-inconsistent', tries: 2 });
    expect(walk.quality === 'exact' ? walk.stoppedMs > 0 : walk.quality === 'consistent').toBe(
      true,
    );
  });

  test('a process that was stopped before is read exactly and stays stopped', async () => {
    await using target = startTarget(program, ['small', '1']);
    await target.line();
    target.child.kill('SIGSTOP');
    await becomes(target.pid, 'T');
    const walks = [await walked(target.pid), await walked(target.pid, { stop: 'always' })];
    expect(walks.map(({ quality, stoppedMs }) => ({ quality, stoppedMs }))).toEqual([
      { quality: 'exact', stoppedMs: 0 },
      { quality: 'exact', stoppedMs: 0 },
    ]);
    expect(stateOf(target.pid)).toBe('T');
  });

  test('a target that was left stopped by a harness that died is continued', async () => {
    await using target = startTarget(program, ['small', '1']);
    await target.line();
    const guard = startGuard(target.pid);
    target.child.kill('SIGSTOP');
    expect(await becomes(target.pid, 'T')).toBe('T');
    guard.abandon();
    expect(await becomes(target.pid, 'S')).toBe('S');
  });

  test('a guard that is dismissed continues nothing', async () => {
    await using target = startTarget(program, ['small', '1']);
    await target.line();
    const guard = startGuard(target.pid);
    target.child.kill('SIGSTOP');
    await becomes(target.pid, 'T');
    guard.dismiss();
    await delay(200);
    expect(stateOf(target.pid)).toBe('T');
  });

  test('a target that fills, empties and trims its heap all the time', async () => {
    await using target = startTarget(program, ['grow', '1']);
    await target.line();
    const outcomes = new Set<string>();
    for (let round = 0; round < 60; round++) {
      const reading = await walkHeap(target.pid, { tries: 1 });
      outcomes.add(reading.state === 'read' ? reading.walk.quality : reading.refusal.kind);
      await delay(round % 5);
    }
    const allowed = ['exact', 'consistent', 'inconsistent'];
    expect([...outcomes].filter((outcome) => !allowed.includes(outcome))).toEqual([]);
    expect((await walkedStopped(target.pid)).quality).toBe('exact');
  });

  test('a target whose children come and go', async () => {
    await using target = startTarget(program, ['fork', '1']);
    await target.line();
    const inUse = new Set<number>();
    for (let round = 0; round < 40; round++) {
      const reading = await walkHeap(target.pid, { tries: 3 });
      if (reading.state === 'read') inUse.add(reading.walk.inUseBytes);
      await delay(round % 7);
    }
    expect(inUse.size).toBe(1);
  });

  test('a target that ends while it is walked is gone, whenever it ends', async () => {
    const last: string[] = [];
    for (let milliseconds = 5; milliseconds < 200; milliseconds += 20) {
      await using target = startTarget(program, ['brief', '1', String(milliseconds)]);
      await target.line();
      let reading = await walkHeap(target.pid, { tries: 1 });
      while (reading.state === 'read') {
        await delay(1);
        reading = await walkHeap(target.pid, { tries: 1 });
      }
      last.push(reading.refusal.kind);
    }
    expect([...new Set(last)]).toEqual(['gone']);
  });

  test('killed between any two reads, it is gone', async () => {
    const kinds: string[] = [];
    for (let reads = 1; reads < 40; reads += 3) {
      await using target = startTarget(program, ['small', '1']);
      await target.line();
      using reader = openReader(target.pid);
      let left = reads;
      const lethal: TargetReader = {
        ...reader,
        memory: (address, into, length) => {
          if (--left === 0) {
            target.child.kill('SIGKILL');
            while (!allDead(reader.threads()));
          }
          return reader.memory(address, into, length);
        },
      };
      const { refusal } = look(lethal, { census: false, tries: 1 });
      if (left > 0) break;
      kinds.push(refusal?.kind ?? 'read');
    }
    expect([...new Set(kinds)]).toEqual(['gone']);
  });

  test('a size field that was written over is corrupt, with its address', async () => {
    await using target = startTarget(program, ['corrupt', '1']);
    await target.line();
    await delay(30);
    expect((await exactWalk(target.pid)).quality).toBe('exact');
    await target.ask('c');
    await delay(50);
    const { kind, reason } = await refused(target.pid);
    expect({ kind, reason: reason.replaceAll(/0x[0-9a-f]+/g, '0x…') }).toEqual({
      kind: 'corrupt',
      reason: 'the heap is damaged: the chunk at 0x… reaches beyond the end of its heap',
    });
  });
});
