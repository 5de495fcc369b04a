import { closeSync, openSync, readSync } from 'node:fs';
import { SnapshotError } from './heap-graph.ts';

const FIRST_BYTES = 4 * 1024 ** 2;

/** A window of a file that moves forward. Mutable: reading moves `at`. */
export interface ByteReader {
  readonly fd: number;
  buffer: Buffer;
  /** Next byte, and the end of what was read, both in the buffer. */
  at: number;
  end: number;
  /** Bytes of the file before the buffer. */
  before: number;
}

export function openBytes(file: string): ByteReader {
  const buffer = Buffer.allocUnsafe(FIRST_BYTES);
  return { fd: openSync(file, 'r'), buffer, at: 0, end: 0, before: 0 };
}

export const closeBytes = ({ fd }: ByteReader): void => closeSync(fd);

export function fail({ before, at }: ByteReader, what: string): never {
  throw new SnapshotError(`${what} at byte ${before + at}`);
}

/** Reads more; what is unread from `keep` on moves to the begin of the buffer, which grows when it is full of it. */
export function fill(bytes: ByteReader, keep: number): void {
  const kept = bytes.end - keep;
  if (kept === bytes.buffer.length) {
    const larger = Buffer.allocUnsafe(2 * kept);
    bytes.buffer.copy(larger, 0, keep, bytes.end);
    bytes.buffer = larger;
  } else bytes.buffer.copyWithin(0, keep, bytes.end);
  bytes.before += keep;
  bytes.at -= keep;
  bytes.end = kept;
  const read = readSync(bytes.fd, bytes.buffer, kept, bytes.buffer.length - kept, null);
  if (read === 0) fail(bytes, 'the file ends in the middle');
  bytes.end += read;
}

/** Next byte that is no white space, without taking it. */
export function peek(bytes: ByteReader): number {
  for (;;) {
    if (bytes.at >= bytes.end) fill(bytes, bytes.at);
    const byte = bytes.buffer[bytes.at] as number;
    if (byte !== 32 && (byte < 9 || byte > 13)) return byte;
    bytes.at += 1;
  }
}

/** True and taken when the next byte is this one. */
export function takeIf(bytes: ByteReader, wanted: string): boolean {
  if (peek(bytes) !== wanted.charCodeAt(0)) return false;
  bytes.at += 1;
  return true;
}

export function take(bytes: ByteReader, wanted: string): void {
  if (!takeIf(bytes, wanted)) fail(bytes, `'${wanted}' is missing`);
}
