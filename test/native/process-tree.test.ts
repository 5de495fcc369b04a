import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  countDescriptors,
  countThreads,
  listProcessTree,
} from '../../harness/native/process-tree.ts';
import { findTool, testWith } from './support/requirements.ts';
import { startTarget } from './support/targets.ts';

const pythonTest = testWith(findTool('python3'), 'python3');

const FAMILY = `
const { spawn } = require('node:child_process');
const child = spawn('/bin/sh', ['-c', 'sleep 60 & sleep 61; wait'], { stdio: 'ignore' });
process.on('exit', () => child.kill());
child.once('spawn', () => setTimeout(() => console.log('ready'), 200));
`;

test('a process tree is listed with parents before children, and each is named for good', async () => {
  await using target = startTarget(process.execPath, ['-e', FAMILY]);
  await target.line();
  const tree = listProcessTree(target.pid);
  const [root, shell, ...sleeps] = tree;
  try {
    expect(tree.map(({ comm }) => comm)).toEqual(['node', 'sh', 'sleep', 'sleep']);
    expect([shell?.ppid, ...sleeps.map(({ ppid }) => ppid)]).toEqual([
      root?.pid,
      shell?.pid,
      shell?.pid,
    ]);
    expect(sleeps.map(({ commandLine }) => commandLine.join(' ')).sort()).toEqual([
      'sleep 60',
      'sleep 61',
    ]);
    expect(tree.every(({ startTicks }) => startTicks > 0)).toBe(true);
  } finally {
    for (const { pid } of [...sleeps, ...(shell === undefined ? [] : [shell])]) process.kill(pid);
  }
});

test('a process that is not there has an empty tree, no threads and no descriptors', () => {
  const nobody = 4_194_305;
  expect([listProcessTree(nobody), countThreads(nobody), countDescriptors(nobody)]).toEqual([
    [],
    [],
    [],
  ]);
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
