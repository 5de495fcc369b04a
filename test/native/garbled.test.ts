import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { HeapWalk } from '../../harness/contracts/native.ts';
import { look } from '../../harness/native/look.ts';
import { openReader } from '../../harness/native/reader.ts';
import { type HeapImage, record, replay } from './support/image.ts';
import { findTool, testWith } from './support/requirements.ts';
import { openWorkshop, startTarget, type Workshop } from './support/targets.ts';
import { exactWalk } from './support/walks.ts';

const test = testWith(findTool('cc'), 'a C compiler (cc)');
const seed = Number(process.env.TIDEMARK_SEED ?? Math.floor(Math.random() * 1e9));
const IMAGES = 10_000;

type Random = () => number;

/** mulberry32: small, seeded, good enough to choose what to break. */
function randomFrom(start: number): Random {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}

/** The ways to damage 8 bytes; each is something that a stray write or a torn read does. */
const DAMAGES: readonly ((view: DataView, at: number, random: Random) => void)[] = [
  (view, at, random) => view.setUint8(at + Math.floor(random() * 8), Math.floor(random() * 256)),
  (view, at, random) => {
    const byte = at + Math.floor(random() * 8);
    view.setUint8(byte, view.getUint8(byte) ^ (1 << Math.floor(random() * 8)));
  },
  (view, at) => view.setBigUint64(at, 0n),
  (view, at) => view.setBigUint64(at, 2n ** 64n - 1n),
  (view, at, random) => view.setBigUint64(at, BigInt(Math.floor(random() * 2 ** 47)) & ~15n, true),
  (view, at, random) => view.setUint32(at, Math.floor(random() * 4096) * 16 + 1, true),
  (view, at, random) => {
    const other = Math.floor(random() * (view.byteLength / 8)) * 8;
    view.setBigUint64(at, view.getBigUint64(other));
  },
  (view, at, random) =>
    view.setUint32(at, view.getUint32(at, true) + 16 * Math.ceil(random() * 8), true),
];

/** Only words that are not 0 are worth breaking most of the time: sizes, links and counters. */
function chooseWord(view: DataView, random: Random): number {
  const words = view.byteLength / 8;
  let at = 0;
  for (let tries = 0; tries < 8; tries++) {
    at = Math.floor(random() * words) * 8;
    if (view.getBigUint64(at) !== 0n) break;
  }
  return at;
}

interface Garbled {
  readonly image: HeapImage;
  /** Residency has no redundancy: other pages are then simply another truth. */
  readonly isMemory: boolean;
  mend(): void;
}

/** Breaks a copy of some pages, or of their residency, and returns how to mend it. */
function garble(image: HeapImage, random: Random): Garbled {
  const kind = random();
  if (kind < 0.03) {
    const lines = image.maps.split('\n');
    const line = Math.floor(random() * lines.length);
    const broken =
      random() < 0.5 ? lines.toSpliced(line, 1) : lines.with(line, pick(random, lines));
    return {
      image: { ...image, maps: broken.join('\n') },
      isMemory: false,
      mend: () => undefined,
    };
  }
  const undo: (() => void)[] = [];
  const wounds = 1 + Math.floor(random() * 4);
  for (let wound = 0; wound < wounds; wound++) {
    const isResidency = kind < 0.1;
    const source = isResidency ? image.residency : image.pages;
    const content = pick(random, [...source.values()]);
    const original = content.slice();
    undo.push(() => content.set(original));
    const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
    if (!isResidency && random() < 0.02) content.fill(0);
    else pick(random, DAMAGES)(view, chooseWord(view, random), random);
  }
  return {
    image,
    isMemory: kind >= 0.1,
    mend: () => {
      for (const step of undo.reverse()) step();
    },
  };
}

function describeWalk(walk: HeapWalk | undefined, isSame: boolean, isMemory: boolean): string {
  if (isSame) return 'same';
  if (!isMemory) return 'other pages';
  return walk?.quality === 'exact' ? 'other, unnoticed' : 'other, noticed';
}

describe(`a heap image, garbled (seed ${seed})`, () => {
  let workshop: Workshop;
  let image: HeapImage;

  beforeAll(async () => {
    workshop = await openWorkshop();
    const program = await workshop.compile('targets.c', 'targets');
    await using target = startTarget(program, ['small', '5']);
    await target.line();
    await delay(50);
    const { libc } = await exactWalk(target.pid);
    using reader = openReader(target.pid);
    const recording = record(reader, libc);
    look(recording.reader, { census: true, tries: 1 });
    image = recording.image;
  });
  afterAll(() => workshop[Symbol.asyncDispose]());

  test('an image that was not garbled reads as the process did', () => {
    const { walk } = look(replay(image), { census: true, tries: 1 });
    expect(walk?.quality).toBe('exact');
  });

  test(`${IMAGES} garbled images: each an answer, none a raw exception, a hang or a flood`, () => {
    const random = randomFrom(seed);
    const whole = JSON.stringify(look(replay(image), { census: true, tries: 1 }).walk);
    const outcomes: Record<string, number> = {};
    const raw = new Set<string>();
    let slowestMs = 0;
    const heapBefore = process.memoryUsage().rss;
    for (let round = 0; round < IMAGES; round++) {
      const broken = garble(image, random);
      const started = performance.now();
      const { walk, refusal } = look(replay(broken.image), { census: true, tries: 1 });
      slowestMs = Math.max(slowestMs, performance.now() - started);
      broken.mend();
      if (refusal?.reason.startsWith('unexpected')) raw.add(refusal.reason);
      const outcome =
        refusal?.kind ?? describeWalk(walk, JSON.stringify(walk) === whole, broken.isMemory);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
    process.stdout.write(
      `garbled: ${JSON.stringify(outcomes)}, slowest ${slowestMs.toFixed(0)} ms\n`,
    );
    expect([...raw]).toEqual([]);
    // Two chunks that were merged into one well-formed chunk cannot be told from one chunk.
    expect(outcomes['other, unnoticed'] ?? 0).toBeLessThan(IMAGES * 0.005);
    expect(slowestMs).toBeLessThan(2000);
    expect(process.memoryUsage().rss - heapBefore).toBeLessThan(200 * 1024 * 1024);
  }, 60_000);

  test('a release that is not in the table is refused by name', () => {
    const banner = Buffer.from('GNU C Library (image) stable release version 2.44.', 'latin1');
    expect(look(replay({ ...image, banner }), { census: false, tries: 1 }).refusal).toEqual({
      kind: 'unknown-version',
      reason: 'glibc 2.44 is not in the table of known heap layouts (2.26 to 2.43)',
    });
  });

  test('a heap that is partly swapped out is not read, since that would bring it back', () => {
    const residency = new Map(image.residency);
    for (const [page, entry] of residency)
      if ((entry[7] ?? 0) & 0x80) residency.set(page, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0x40));
    expect(look(replay({ ...image, residency }), { census: false, tries: 1 }).refusal?.kind).toBe(
      'unsupported-setting',
    );
  });
});
