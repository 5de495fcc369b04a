import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { threadIds } from '../lib/proc.ts';

export interface NamedCount {
  readonly name: string;
  readonly count: number;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Gone, or not ours: what cannot be read is empty.
    return '';
  }
}

function listNumbers(path: string): number[] {
  try {
    return readdirSync(path).map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function countByName(names: readonly string[]): NamedCount[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .map(([name, count]) => ({ name, count }))
    .sort((a, b) => b.count - a.count || a.name.localeCompare(b.name));
}

/** `tokio-runtime-w`, `worker-3`, `worker-4`: one kind of thread each. The kernel cuts names at 15 characters. */
function groupName(comm: string): string {
  return comm.trimEnd().replace(/[\s#:_-]*\d+$/, '');
}

/** Threads of a process by name, numbers at the end taken off; most first. */
export function countThreads(pid: number): NamedCount[] {
  const names = threadIds(pid).map((tid) => groupName(readText(`/proc/${pid}/task/${tid}/comm`)));
  return countByName(names.filter((name) => name !== ''));
}

/** `socket:[123]` is a socket, `anon_inode:[eventpoll]` an eventpoll, `/path` a file, `pipe:[5]` a pipe. */
function descriptorKind(link: string): string {
  const anonymous = /^anon_inode:\[?([\w-]+)\]?$/.exec(link)?.[1];
  if (anonymous !== undefined) return anonymous;
  const scheme = /^([\w-]+):\[\d+\]$/.exec(link)?.[1];
  if (scheme !== undefined) return scheme;
  if (link.startsWith('/dev/')) return 'device';
  if (link.startsWith('/memfd:')) return 'memfd';
  return link.startsWith('/') ? 'file' : 'other';
}

/** Open descriptors of a process by kind, most first. Empty when they may not be read. */
export function countDescriptors(pid: number): NamedCount[] {
  const kinds = listNumbers(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [descriptorKind(readlinkSync(`/proc/${pid}/fd/${fd}`))];
    } catch {
      // Closed between the listing and this look.
      return [];
    }
  });
  return countByName(kinds);
}
