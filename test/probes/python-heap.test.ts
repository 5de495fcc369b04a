import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PythonRuntime } from '../../harness/contracts/runtimes.ts';
import pythonHeap from '../../harness/probes/python-heap.ts';
import { startPython } from '../lib/_python.ts';
import { temporaryFolder } from '../lib/_real-parts.ts';

const read = async (runtimes: readonly PythonRuntime[]) =>
  await pythonHeap.sample({
    processes: [],
    runtimes,
    allocator: 'glibc',
    stop: 'never',
    memo: (_, make) => make(),
  });

describe('Python seen from within', () => {
  it('shows blocks that are kept, tasks that wait and threads that live, and none of its own', async () => {
    const python = await startPython(`
import asyncio, concurrent.futures, sys, threading
kept = []
# One thread whatever happens: the loop's own executor starts a second when the first is not yet seen to be idle.
reader = concurrent.futures.ThreadPoolExecutor(1)
async def forever(): await asyncio.Event().wait()
async def main():
    loop = asyncio.get_running_loop()
    tasks = []
    print("ready")
    for line in iter(lambda: None, 0):
        line = (await loop.run_in_executor(reader, sys.stdin.readline)).strip()
        if line == "blocks": kept.append([object() for _ in range(10000)])
        if line == "tasks": tasks.extend(loop.create_task(forever()) for _ in range(3))
        if line == "thread": threading.Thread(target=threading.Event().wait, daemon=True).start()
        await asyncio.sleep(0)
        print("did", line)
asyncio.run(main())
`);
    await python.says('ready');
    const runtimes = python.runtimes();
    const values = async () => {
      await runtimes[0]?.collectGarbage();
      return (await read(runtimes)).values;
    };
    python.tell('nothing');
    await python.says('did nothing');
    const before = await values();
    // The main task, and the main thread with that of the executor.
    expect(before).toMatchObject({ 'count.python-tasks': 1, 'count.python-threads': 2 });
    for (const work of ['blocks', 'tasks', 'thread']) {
      python.tell(work);
      await python.says(`did ${work}`);
    }
    const after = await values();
    expect(after).toMatchObject({ 'count.python-tasks': 4, 'count.python-threads': 3 });
    const grown = (after['count.python-blocks'] ?? 0) - (before['count.python-blocks'] ?? 0);
    expect(grown).toBeGreaterThan(10_000);
    expect(grown).toBeLessThan(10_500);
  });

  it('collects what only the garbage collector finds', async () => {
    const python = await startPython(`
import gc, sys
gc.set_threshold(10_000_000)
class Node: pass
def cycles():
    for _ in range(20000):
        node = Node(); node.self = node
cycles()
print("ready")
sys.stdin.read()
`);
    await python.says('ready');
    const runtimes = python.runtimes();
    const before = (await read(runtimes)).values['count.python-blocks'] ?? 0;
    await runtimes[0]?.collectGarbage();
    const after = (await read(runtimes)).values['count.python-blocks'] ?? 0;
    expect(before - after).toBeGreaterThan(20_000);
  });

  it('counts instances of the classes that were asked for, and names those that it does not know', async () => {
    const python = await startPython(
      `
import os, sys
class Room:
    class Track: pass
class Odd(type):
    __hash__ = None
class Strange(Room, metaclass=Odd): pass
rooms = [Room() for _ in range(3)] + [Strange()]
tracks = [Room.Track() for _ in range(2)]
print("told" if "TIDEMARK_PYTHON_CLASSES" in os.environ else "ready")
sys.stdin.readline()
del rooms[:]
class Late: pass
print("done")
sys.stdin.read()
`,
      undefined,
      'Room, __main__.Room.Track,Late,Strange',
    );
    await python.says('ready');
    const runtimes = python.runtimes();
    // A subclass is a class of its own.
    expect(await read(runtimes)).toMatchObject({
      values: {
        'count.python.Room': 3,
        'count.python.__main__.Room.Track': 2,
        'count.python.Strange': 1,
      },
      error: 'Python has loaded no class Late so far',
    });
    python.tell('go');
    await python.says('done');
    const { values, error } = await read(runtimes);
    expect(values).toMatchObject({ 'count.python.Room': 0, 'count.python.Late': 0 });
    expect(error).toBeUndefined();
  });

  it('holds the helper in the first process only, and leaves its environment as it was', async () => {
    const own = temporaryFolder();
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, 'sitecustomize.py'), 'import builtins\nbuiltins.own = "own ran"\n');
    const python = await startPython(
      `
import multiprocessing, os, subprocess, sys, threading
def child(): print("child", threading.active_count(), own, flush=True)
if __name__ == "__main__":
    print(own)
    print("path", os.environ.get("PYTHONPATH") == sys.path[1], "TIDEMARK_PYTHON_FOLDER" in os.environ)
    for method in ("spawn", "forkserver"):
        process = multiprocessing.get_context(method).Process(target=child)
        process.start(); process.join()
    print("ready")
    sys.stdin.read()
`,
      own,
    );
    await python.says('ready');
    expect(python.lines).toEqual([
      'own ran',
      'path True False',
      'child 1 own ran',
      'child 1 own ran',
      'ready',
    ]);
    expect(python.runtimes()).toHaveLength(1);
  });

  it('that is busy in C says that it did not answer', async () => {
    const python = await startPython(`
import re
print("ready")
re.match(r"(a+)+$", "a" * 64 + "b")
`);
    await python.says('ready');
    await expect(read(python.runtimes())).rejects.toThrow('Python did not answer within 10 s');
  }, 30_000);
});
