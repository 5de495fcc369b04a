import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, test as always, beforeAll, describe, expect } from 'vitest';
import type { HeapWalk, MemoryMap } from '../../harness/contracts/native.ts';
import { breakDown } from '../../harness/native/break-down.ts';
import { readMemoryMap } from '../../harness/native/memory-map.ts';
import { walkHeap } from '../../harness/native/walk-heap.ts';
import { findTool, testWith } from './support/requirements.ts';
import { openWorkshop, startTarget, type Workshop } from './support/targets.ts';

const test = testWith(findTool('cc'), 'a C compiler (cc)');
const MB = 1024 * 1024;

function statusBytes(pid: number, field: string): number {
  const text = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) * 1024;
}

/** 32 threads of 8 MiB of stack, of which glibc keeps five for later. */
const ENDED_THREADS = `
import ctypes, resource, time
resource.setrlimit(resource.RLIMIT_STACK, (8 << 20, resource.getrlimit(resource.RLIMIT_STACK)[1]))
libc = ctypes.CDLL(None)
start = ctypes.cast(libc.time, ctypes.c_void_p)
def run(join):
    for _ in range(32):
        thread = ctypes.c_ulong()
        libc.pthread_create(ctypes.byref(thread), None, start, None)
        if join: libc.pthread_join(thread, None)
    time.sleep(0.1)
    print('ready')
    time.sleep(60)
`;

/** As goroutines do: a thread whose stack is 4 MB of memory that the program has mapped and written itself. */
const ON_OWN_MEMORY = `
import ctypes, mmap, time
libc = ctypes.CDLL(None)
memory = mmap.mmap(-1, 4 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
memory.write(b'x' * (4 << 20))
address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
attributes = ctypes.create_string_buffer(64)
libc.pthread_attr_init(attributes)
libc.pthread_attr_setstack(attributes, ctypes.c_void_p(address), ctypes.c_size_t(4 << 20))
thread = ctypes.c_ulong()
libc.pthread_create(ctypes.byref(thread), attributes, ctypes.cast(libc.pause, ctypes.c_void_p), None)
time.sleep(0.1)
print('ready')
time.sleep(60)
`;

/** 3 MB of shared memory without a file, and 5 MB of a file. */
const SHARED = `
import mmap, tempfile, time
memory = mmap.mmap(-1, 3 << 20)
memory.write(b'x' * (3 << 20))
file = tempfile.TemporaryFile()
file.truncate(5 << 20)
mapped = mmap.mmap(file.fileno(), 5 << 20)
mapped.write(b'x' * (5 << 20))
print('ready')
time.sleep(60)
`;

describe('the memory map of a process', () => {
  let workshop: Workshop;
  let program: string;

  beforeAll(async () => {
    workshop = await openWorkshop();
    program = await workshop.compile('targets.c', 'targets');
  });
  afterAll(() => workshop[Symbol.asyncDispose]());

  test('classes add up to the resident size, with every class where the program put it', async () => {
    await using target = startTarget(program, ['map', '1']);
    await target.line();
    await delay(30);
    const reading = await walkHeap(target.pid);
    if (reading.state === 'refused') throw new Error(reading.refusal.reason);
    const map = readMemoryMap(target.pid, { ranges: reading.ranges });
    const { residentByClass: classes } = map;
    expect(Object.values(classes).reduce((sum, bytes) => sum + bytes, 0)).toBe(map.rssBytes);
    expect({
      arenas: classes['malloc-arena'] + classes['malloc-mmapped'] === reading.walk.residentBytes,
      blocks: classes['malloc-mmapped'],
      // 7 MB, 5 MB and 3 MB were mapped and touched: shared, written code, other.
      shared: Math.round(classes.shared / MB),
      code: Math.floor(classes.code / MB),
      other: Math.round(classes.other / MB),
      // Two threads with a megabyte of stack in use each.
      stack: Math.round(classes.stack / MB),
      managed: classes.managed,
    }).toEqual({
      arenas: true,
      blocks: 1_003_520,
      shared: 7,
      code: 5,
      other: 3,
      stack: 2,
      managed: 0,
    });
    // The kernel marks pages in batches: the last few may still wait in the queue of a processor.
    expect(map.lazyFreeBytes / MB).toBeCloseTo(2, 0);
    expect(map.peakRssBytes).toBe(statusBytes(target.pid, 'VmHWM'));
    expect(Math.abs(map.rssBytes - statusBytes(target.pid, 'VmRSS'))).toBeLessThan(0.2 * MB);
  });

  test.each([
    ['stay', 'join=False', 27],
    ['are given back, but for what glibc keeps', 'join=True', 0],
  ])('stacks of threads that have ended %s', async (_, how, count) => {
    await using target = startTarget('python3', ['-uc', `${ENDED_THREADS}\nrun(${how})`]);
    await target.line();
    expect(readMemoryMap(target.pid).endedStackCount).toBe(count);
  });

  test('a thread that stands on memory without a guard makes no stack of it', async () => {
    await using target = startTarget('python3', ['-uc', ON_OWN_MEMORY]);
    await target.line();
    const { residentByClass: classes } = readMemoryMap(target.pid);
    expect(classes.stack).toBeLessThan(MB);
    expect(classes.other).toBeGreaterThan(4 * MB);
  });

  test('a file that is mapped to be shared is its file; memory that is shared is not', async () => {
    await using target = startTarget('python3', ['-uc', SHARED]);
    await target.line();
    const { residentByClass: classes } = readMemoryMap(target.pid);
    expect(Math.round(classes.shared / MB)).toBe(3);
    expect(Math.floor(classes['file-data'] / MB)).toBeGreaterThanOrEqual(5);
  });

  test('the breakdown of a walked process is its resident size to the byte', async () => {
    await using target = startTarget(program, ['heap', '1', '2']);
    await target.line();
    await delay(30);
    const reading = await walkHeap(target.pid);
    if (reading.state === 'refused') throw new Error(reading.refusal.reason);
    const map = readMemoryMap(target.pid, { ranges: reading.ranges });
    const { residentBytes, ...parts } = breakDown(map, reading.walk);
    expect(Object.values(parts).reduce((sum, bytes) => sum + bytes, 0)).toBe(residentBytes);
    expect(residentBytes).toBe(map.rssBytes);
    // Nearly everything this program has is malloc's.
    expect(parts.otherBytes).toBeLessThan(0.5 * MB);
  });
});

const classes = {
  'malloc-arena': 60,
  'malloc-mmapped': 40,
  stack: 5,
  managed: 0,
  code: 10,
  'file-data': 3,
  shared: 2,
  other: 80,
};
const map: MemoryMap = {
  rssBytes: 200,
  pssBytes: 190,
  ussBytes: 180,
  swapBytes: 0,
  anonymousBytes: 185,
  lazyFreeBytes: 0,
  hugePageBytes: 0,
  peakRssBytes: 220,
  mappingCount: 9,
  endedStackCount: 0,
  residentByClass: classes,
};
const walk = { liveResidentBytes: 70, pinnedBytes: 20, trimmableBytes: 9 } as HeapWalk;

always('what a runtime manages comes out of what is otherwise unexplained', () => {
  expect(breakDown(map, walk, 75)).toMatchInlineSnapshot(`
    {
      "codeBytes": 13,
      "liveBytes": 70,
      "managedBytes": 75,
      "otherBytes": 6,
      "pinnedBytes": 20,
      "residentBytes": 200,
      "sharedBytes": 2,
      "stackBytes": 5,
      "trimmableBytes": 9,
    }
  `);
  expect(breakDown(map, walk, 500).otherBytes).toBe(0);
  expect(breakDown(map).otherBytes).toBe(180);
});
