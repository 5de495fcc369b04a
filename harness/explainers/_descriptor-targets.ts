import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

const FAMILIES = ['tcp', 'tcp6', 'udp', 'udp6', 'unix'] as const;

/** What each open descriptor of a process leads to, so that alike ones are alike: numbers and own ports are left out. */
export function descriptorTargets(pid: number): string[] {
  const sockets = socketsOf(pid);
  return listDescriptors(pid).flatMap((fd) => {
    try {
      return [nameTarget(readlinkSync(`/proc/${pid}/fd/${fd}`), sockets)];
    } catch {
      // Closed between the listing and this look.
      return [];
    }
  });
}

function listDescriptors(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`);
  } catch {
    // Gone, or not ours.
    return [];
  }
}

function nameTarget(link: string, sockets: ReadonlyMap<string, string>): string {
  const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1];
  if (inode !== undefined) return sockets.get(inode) ?? 'socket';
  const anonymous = /^anon_inode:\[?([\w-]+)\]?$/.exec(link)?.[1];
  if (anonymous !== undefined) return anonymous;
  if (link.startsWith('pipe:')) return 'pipe';
  const file = link.startsWith('/dev/') ? link : basename(link);
  return `${link.startsWith('/dev/') ? 'device' : 'file'} ${file.replace(/\d+/g, '#')}`;
}

/** Inode -> `tcp socket to 127.0.0.1:7880`. https://docs.kernel.org/networking/proc_net_tcp.html */
function socketsOf(pid: number): Map<string, string> {
  const found = new Map<string, string>();
  for (const family of FAMILIES) {
    for (const line of readLines(`/proc/${pid}/net/${family}`)) {
      const fields = line.trim().split(/\s+/);
      if (family === 'unix') found.set(fields[6] ?? '', 'unix socket');
      else found.set(fields[9] ?? '', `${family} socket${remoteText(fields[2] ?? '')}`);
    }
  }
  return found;
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').slice(1);
  } catch {
    // The kernel has no such family, or the process is gone.
    return [];
  }
}

/** `0100007F:1EC8` -> ` to 127.0.0.1:7880`; nothing for one that is not connected. */
function remoteText(field: string): string {
  const [address = '', port = ''] = field.split(':');
  if (/^0*$/.test(port)) return '';
  if (address.length !== 8) return ` to port ${Number.parseInt(port, 16)}`;
  const bytes = [6, 4, 2, 0].map((at) => Number.parseInt(address.slice(at, at + 2), 16));
  return ` to ${bytes.join('.')}:${Number.parseInt(port, 16)}`;
}
