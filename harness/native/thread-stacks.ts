import { readFileSync } from 'node:fs';
import { guardBytes, isPrivateAnonymous, type Mapping, mappingAt } from './maps.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** A page or a few. Above a wider gap lies the first used piece of a reservation, as of Go's heap. */
const MOST_GUARD_BYTES = 64 * KIB;
const USUAL_STACK_BYTES = 8 * MIB;
/** Threads at rest in Node, Chromium, CPython and libwebrtc stand 4 to 66 KiB below the end of their stacks. */
const MOST_DEPTH_BYTES = 256 * KIB;

/** What a thread of glibc gets when it asks for nothing; null: unlimited. */
export function defaultStackBytes(pid: number): number | null {
  const limits = readFileSync(`/proc/${pid}/limits`, 'latin1');
  const bytes = /^Max stack size +(\d+)/m.exec(limits)?.[1];
  return bytes === undefined ? null : Number(bytes);
}

export function isAboveThreadGuard(mappings: readonly Mapping[], index: number): boolean {
  const bytes = guardBytes(mappings, index);
  return bytes > 0 && bytes <= MOST_GUARD_BYTES;
}

interface Standing {
  readonly mapping: Mapping;
  readonly pointers: readonly number[];
  readonly defaultBytes: number | null;
}

/**
 * The kernel merges neighbours: an arena right above a stack can be one mapping with it. Then the thread stands far
 * below its end, or the mapping is larger than a stack. One that has exactly the default size is nothing but a stack.
 */
function isNothingElse({ mapping, pointers, defaultBytes }: Standing): boolean {
  const [pointer, another] = pointers;
  if (pointer === undefined || another !== undefined) return false;
  const bytes = mapping.end - mapping.start;
  if (bytes === defaultBytes) return true;
  const mostBytes = Math.max(USUAL_STACK_BYTES, defaultBytes ?? 0);
  return bytes <= mostBytes && mapping.end - pointer <= MOST_DEPTH_BYTES;
}

/**
 * Mappings that are the stack of a thread and nothing else, as a C library makes them: a small guard below, and one
 * thread near the upper end. That a thread stands on memory does not make it a stack: a goroutine's lies in Go's heap,
 * and what counts as stack is taken for explained.
 */
export function findThreadStacks(
  mappings: readonly Mapping[],
  pointers: readonly number[],
  defaultBytes: number | null,
): ReadonlySet<Mapping> {
  const standing = new Map<Mapping, number[]>();
  for (const pointer of pointers) {
    const mapping = mappingAt(mappings, pointer);
    if (mapping === undefined) continue;
    standing.set(mapping, [...(standing.get(mapping) ?? []), pointer]);
  }
  return new Set(
    mappings.filter(
      (mapping, i) =>
        isPrivateAnonymous(mapping) &&
        isAboveThreadGuard(mappings, i) &&
        isNothingElse({ mapping, pointers: standing.get(mapping) ?? [], defaultBytes }),
    ),
  );
}
