import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { executableOf } from './executable.ts';
import type { Mapping } from './maps.ts';
import type { Executable } from './name-allocator.ts';
import { readThreads, type ThreadState } from './threads.ts';

/**
 * Everything a walk asks of its target. `/proc` is one implementation; a recorded image (which can be garbled) is
 * another. Calls are synchronous: a stopped target must not wait for our event loop.
 */
export interface TargetReader {
  readonly pid: number;
  maps(): string;
  /** Copies memory to the front of `into`; returns how many bytes could be read. */
  memory(address: number, into: Uint8Array, length: number): number;
  /** Raw 64-bit pagemap entries, one a page, to the front of `into`; returns how many bytes could be read. */
  pagemap(firstPage: number, into: Uint8Array, pages: number): number;
  threads(): readonly ThreadState[];
  auxv(): Uint8Array;
  executable(): Executable;
  /** The mapped file as the target sees it, or undefined when that is not provably the same file. */
  mappedFile(mapping: Mapping): MappedFile | undefined;
}

export interface MappedFile {
  /** Names this content for good: device, inode, size and modification time. */
  readonly key: string;
  read(): Uint8Array;
}

export interface OpenReader extends TargetReader {
  [Symbol.dispose](): void;
}

/** The path inside the target's mount namespace: a container's libc is not the host's. */
function openMappedFile(pid: number, mapping: Mapping): MappedFile | undefined {
  const path = `/proc/${pid}/root${mapping.path.replace(/ \(deleted\)$/, '')}`;
  try {
    const stat = statSync(path);
    if (stat.ino !== mapping.inode) return undefined;
    return {
      key: `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeMs}`,
      read: () => readFileSync(path),
    };
  } catch {
    // Deleted by an upgrade, or not ours to open: the caller reads the mapped pages instead.
    return undefined;
  }
}

/** EIO and EFAULT mean that nothing is mapped there, which is an answer: no byte could be read. */
function readMemory(fd: number, address: number, into: Uint8Array, length: number): number {
  try {
    return readSync(fd, into, 0, length, address);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'EIO' || code === 'EFAULT') return 0;
    throw error;
  }
}

export function openReader(pid: number): OpenReader {
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  let pagemap = -1;
  const close = (): void => {
    closeSync(memory);
    if (pagemap >= 0) closeSync(pagemap);
  };
  try {
    pagemap = openSync(`/proc/${pid}/pagemap`, 'r');
  } catch (error) {
    close();
    throw error;
  }
  return {
    pid,
    maps: () => readFileSync(`/proc/${pid}/maps`, 'latin1'),
    memory: (address, into, length) => readMemory(memory, address, into, length),
    pagemap: (firstPage, into, pages) => readSync(pagemap, into, 0, pages * 8, firstPage * 8),
    threads: () => readThreads(pid),
    auxv: () => readFileSync(`/proc/${pid}/auxv`),
    executable: () => executableOf(pid),
    mappedFile: (mapping) => openMappedFile(pid, mapping),
    [Symbol.dispose]: close,
  };
}
