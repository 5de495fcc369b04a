import { setTimeout as delay } from 'node:timers/promises';
import type { HeapReading, HeapRefusal } from '../contracts/native.ts';
import { type Look, look, refusalFrom } from './look.ts';
import { whileStopped } from './quiesce.ts';
import { openReader, type TargetReader } from './reader.ts';
import { startTicksOf } from './start-ticks.ts';

export interface WalkOptions {
  /** Looks at a running target before the best of them is taken. Default 5. */
  readonly tries?: number;
  /** No new try begins after this. Default 2000. */
  readonly budgetMs?: number;
  /** When to stop the target for a look. Default `never`. */
  readonly stop?: 'never' | 'if-inconsistent' | 'always';
  /** Live chunks by size. Default false. */
  readonly census?: boolean;
}

/** All looks of one reading. */
interface Looks {
  readonly all: readonly Look[];
  readonly stoppedMs: number;
}

const mayBeDamage = (refusal: HeapRefusal | undefined): boolean =>
  refusal?.kind === 'corrupt' || refusal?.kind === 'ambiguous';

function isFinal({ walk, refusal }: Look): boolean {
  if (walk !== undefined) return walk.quality === 'exact';
  // A thread that sleeps inside malloc (a page fault, a lock) looks like damage until it goes on.
  return refusal?.kind !== 'inconsistent' && !mayBeDamage(refusal);
}

/** Threads that wake on timers leave gaps of some milliseconds; odd waits avoid keeping step with them. */
const WAITS_MS = [1, 4, 9, 17, 31];

/** A thread can sleep inside malloc for long on a busy machine: damage is only said of what stays so for a second. */
const DAMAGE_WAITS_MS = [100, 300, 600];

async function lookUntilExact(
  reader: TargetReader,
  options: Required<Pick<WalkOptions, 'tries' | 'budgetMs' | 'census'>>,
): Promise<Looks> {
  const all: Look[] = [];
  const started = performance.now();
  for (let tries = 1; tries <= Math.max(1, options.tries); tries++) {
    const begun = performance.now();
    const next = look(reader, { census: options.census, tries });
    all.push(next);
    const now = performance.now();
    // Not begun when a try as long as the last one would end after the budget.
    if (isFinal(next) || now - started + now - begun > options.budgetMs) break;
    await delay(WAITS_MS[(tries - 1) % WAITS_MS.length]);
  }
  for (const waitMs of DAMAGE_WAITS_MS) {
    if (!all.every(({ refusal }) => mayBeDamage(refusal))) break;
    await delay(waitMs);
    all.push(look(reader, { census: options.census, tries: all.length + 1 }));
  }
  return { all, stoppedMs: 0 };
}

/** Many short stops, or some long ones: together at most about this long beyond the first. */
const MOST_STOPS = 20;
const STOP_BUDGET_MS = 400;

/** A thread can be stopped inside malloc, with the books half written: let it go on and stop it again. */
async function lookWhileStopped(
  reader: TargetReader,
  census: boolean,
  triesBefore: number,
): Promise<Looks> {
  const all: Look[] = [];
  let stoppedMs = 0;
  for (let stop = 1; stop <= MOST_STOPS; stop++) {
    const stopped = whileStopped(reader.pid, () =>
      look(reader, { census, tries: triesBefore + stop }),
    );
    all.push(stopped.value);
    stoppedMs += stopped.stoppedMs;
    if (isFinal(stopped.value) || stoppedMs > STOP_BUDGET_MS) break;
    await delay(stop);
  }
  return { all, stoppedMs };
}

async function takeLooks(reader: TargetReader, options: WalkOptions): Promise<Looks> {
  const { tries = 5, budgetMs = 2000, stop = 'never', census = false } = options;
  if (stop === 'always') return lookWhileStopped(reader, census, 0);
  const running = await lookUntilExact(reader, { tries, budgetMs, census });
  const last = running.all.at(-1);
  const isHopeless =
    last !== undefined && !isFinal(last) && running.all.every(({ walk }) => walk === undefined);
  if (stop === 'never' || !isHopeless) return running;
  const stopped = await lookWhileStopped(reader, census, running.all.length);
  return { all: [...running.all, ...stopped.all], stoppedMs: stopped.stoppedMs };
}

/** Damage is the same at every look; anything that differs is movement. */
function settleRefusal(all: readonly Look[]): HeapRefusal {
  const refusals = all.flatMap(({ refusal }) => refusal ?? []);
  const last = refusals.at(-1);
  if (last === undefined) return { kind: 'inconsistent', reason: 'nothing was read' };
  if (!mayBeDamage(last)) return last;
  const isSame = refusals.length > 1 && refusals.every(({ reason }) => reason === last.reason);
  return isSame
    ? last
    : { kind: 'inconsistent', reason: last.reason.replace('the heap is damaged: ', '') };
}

/** The last look that was exact, else the last that could be read, else why none could. */
function toReading({ all, stoppedMs }: Looks): HeapReading {
  const best =
    all.findLast((one) => isFinal(one)) ?? all.findLast(({ walk }) => walk !== undefined);
  if (best?.walk !== undefined)
    return {
      state: 'read',
      walk: { ...best.walk, stoppedMs, tries: all.length },
      ranges: best.ranges,
    };
  return { state: 'refused', refusal: { ...settleRefusal(all), stoppedMs } };
}

/**
 * glibc's books of another process, read from outside. Nothing is written to it and nothing of ours is in it. Never
 * throws for anything the target is or does: what cannot be read is refused with a reason.
 */
export async function walkHeap(pid: number, options: WalkOptions = {}): Promise<HeapReading> {
  const refused = (refusal: HeapRefusal): HeapReading => ({ state: 'refused', refusal });
  const gone = refused({ kind: 'gone', reason: `process ${pid} is gone`, stoppedMs: 0 });
  const startTicks = startTicksOf(pid);
  if (startTicks === undefined) return gone;
  try {
    using reader = openReader(pid);
    const reading = toReading(await takeLooks(reader, options));
    // The pid may be another process's by now.
    return startTicksOf(pid) === startTicks ? reading : gone;
  } catch (error) {
    const refusal = refusalFrom(error, { pid, isProven: false, isGone: false });
    return refused({ ...refusal, stoppedMs: 0 });
  }
}
