/**
 * A program with a known answer, for `doctor --self-test`. Speaks the line protocol of target `program`.
 * Run as `node --expose-gc _control-program.js <leak|fragment|idle>`.
 *
 * leak:     keeps 20,480 bytes of malloc memory more in every cycle.
 * fragment: keeps live bytes flat, and leaves 400 holes of 2,000 bytes and more between blocks that stay in every cycle.
 * idle:     does nothing, so that what moves is the machine's own noise.
 */
import { createInterface } from 'node:readline';

const LEAK_BYTES = 20_480;
/** Two blocks share a page, and every other one is kept: no two holes touch, so that none becomes a larger one. */
const BLOCK_BYTES = 2000;
const PINS_PER_CYCLE = 400;
/** Enough to give back, cycle by cycle, what the pins take: live bytes stay flat for this many cycles. */
const RESERVE_CYCLES = 50;

const kept: (Buffer | null)[] = [];
const reserve: Buffer[] = [];

/** Outside V8's heap, straight from malloc, never from Node's pool; written, so that it is resident. */
function block(bytes: number): Buffer {
  return Buffer.allocUnsafeSlow(bytes).fill(1);
}

function fragment(cycle: number): void {
  // A little larger each cycle: the holes of earlier cycles are too small to be used again.
  const bytes = BLOCK_BYTES + 16 * (cycle % RESERVE_CYCLES);
  const blocks = Array.from({ length: 2 * PINS_PER_CYCLE }, () => block(bytes));
  let pinned = 0;
  for (let at = 0; at < blocks.length; at += 2) {
    kept.push(blocks[at] ?? null);
    pinned += bytes;
  }
  blocks.length = 0;
  while (pinned > 0 && reserve.length > 0) pinned -= reserve.pop()?.length ?? 0;
}

const WORK: Readonly<Record<string, (cycle: number) => void>> = {
  leak: () => void kept.push(block(LEAK_BYTES)),
  fragment,
  idle: () => undefined,
};

const mode = process.argv[2] ?? 'idle';
if (mode === 'fragment') {
  const blocks = RESERVE_CYCLES * PINS_PER_CYCLE;
  for (let at = 0; at < blocks; at += 1) reserve.push(block(BLOCK_BYTES));
}
for await (const line of createInterface({ input: process.stdin })) {
  WORK[mode]?.(Number(line.split(' ')[1]));
  globalThis.gc?.();
  process.stdout.write(`done ${line.split(' ')[1]}\n`);
}
