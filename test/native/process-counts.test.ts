import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { countDescriptors, countThreads } from '../../harness/native/process-counts.ts';
import { findTool, testWith } from './support/requirements.ts';
import { startTarget } from './support/targets.ts';

const pythonTest = testWith(findTool('python3'), 'python3');

test('a process that is not there has no threads and no descriptors', () => {
  const nobody = 4_194_305;
  expect([countThreads(nobody), countDescriptors(nobody)]).toEqual([[], []]);
});

const THREADS = `
import ctypes, os, socket, sys, threading, time
kept = [socket.socket(), socket.socket(), os.eventfd(0), open('/etc/hostname' if os.path.exists('/etc/hostname') else '/etc/passwd'), os.pipe()]
import select
kept.append(select.epoll())
libc = ctypes.CDLL(None)
def work(name):
    libc.prctl(15, name.encode(), 0, 0, 0)
    time.sleep(60)
for i in range(3): threading.Thread(target=work, args=('worker-%d' % i,), daemon=True).start()
threading.Thread(target=work, args=('tokio-runtime-w',), daemon=True).start()
time.sleep(0.3)
print('ready', flush=True)
sys.stdin.read()
`;

pythonTest(
  'threads are counted by name with their numbers taken off, descriptors by kind',
  async () => {
    await using target = startTarget('python3', ['-c', THREADS]);
    await target.line();
    await delay(50);
    const threads = countThreads(target.pid);
    expect(threads.filter(({ name }) => name !== 'python')).toEqual([
      { name: 'worker', count: 3 },
      { name: 'tokio-runtime-w', count: 1 },
    ]);
    const kinds = Object.fromEntries(
      countDescriptors(target.pid).map(({ name, count }) => [name, count]),
    );
    expect({ eventfd: kinds.eventfd, eventpoll: kinds.eventpoll, file: kinds.file }).toEqual({
      eventfd: 1,
      eventpoll: 1,
      file: 1,
    });
    // Two of its own, and those that node gives a child as stdin and stdout.
    expect(kinds.socket).toBeGreaterThanOrEqual(4);
  },
);
