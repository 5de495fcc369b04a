import { contradict, hex } from './errors.ts';
import type { TargetReader } from './reader.ts';

const HIGH = 2 ** 32;

/** An unsigned 64-bit word. Above 2^53 it is rounded, which no valid pointer or size is. */
export function wordAt(view: DataView, offset: number): number {
  return view.getUint32(offset, true) + view.getUint32(offset + 4, true) * HIGH;
}

/** Reads a structure whole; less than the whole is a contradiction, since its address came from the books. */
export function readStruct(reader: TargetReader, address: number, bytes: number): DataView {
  if (!(address > 0 && address < 2 ** 47)) contradict(`${hex(address)} is no address`);
  const into = new Uint8Array(bytes);
  if (reader.memory(address, into, bytes) !== bytes)
    contradict(`the ${bytes} bytes at ${hex(address)} cannot be read`);
  return new DataView(into.buffer);
}

/**
 * Undoes safe-linking: glibc stores `pointer ^ (address of the pointer >> 12)` since 2.32 (PROTECT_PTR in
 * malloc/malloc.c). Halves, because numbers XOR on 32 bits only.
 */
export function revealLink(view: DataView, offset: number, address: number): number {
  const low = view.getUint32(offset, true) ^ (Math.floor(address / 4096) % HIGH);
  const high = view.getUint32(offset + 4, true) ^ Math.floor(address / 4096 / HIGH);
  return (low >>> 0) + (high >>> 0) * HIGH;
}
