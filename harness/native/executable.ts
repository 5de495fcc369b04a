import { closeSync, openSync, readlinkSync, readSync } from 'node:fs';
import type { Executable } from './name-allocator.ts';

const LIMIT_BYTES = 64 * 1024 * 1024;
const PIECE_BYTES = 1024 * 1024;

function search(path: string, text: string): boolean {
  const fd = openSync(path, 'r');
  try {
    const piece = Buffer.alloc(PIECE_BYTES + text.length);
    for (let at = 0; at < LIMIT_BYTES; at += PIECE_BYTES) {
      const got = readSync(fd, piece, 0, piece.length, at);
      if (piece.subarray(0, got).includes(text, 0, 'latin1')) return true;
      if (got < piece.length) return false;
    }
    return false;
  } finally {
    closeSync(fd);
  }
}

/** Through `/proc/PID/exe`, which works across namespaces and for deleted files. */
export function executableOf(pid: number): Executable {
  let path = '';
  try {
    path = readlinkSync(`/proc/${pid}/exe`);
  } catch {
    // A kernel thread, or a process of somebody else: nothing is known of its executable.
  }
  return {
    path,
    contains: (text) => {
      try {
        return search(`/proc/${pid}/exe`, text);
      } catch {
        // Not ours to read: then nothing is named from its contents.
        return false;
      }
    },
  };
}
