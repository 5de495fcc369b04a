import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LISTENING = '0A';

function socketsOf(pid: number): Set<string> {
  const inodes = new Set<string>();
  let descriptors: string[] = [];
  try {
    descriptors = readdirSync(`/proc/${pid}/fd`);
  } catch {
    // The process is gone, and with it its sockets.
  }
  for (const descriptor of descriptors) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`))?.[1];
      if (inode !== undefined) inodes.add(inode);
    } catch {
      // Closed between the listing and this look.
    }
  }
  return inodes;
}

function portsIn(file: string, inodes: ReadonlySet<string>): number[] {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    // No such protocol, or the process is gone.
  }
  return text.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    const port = Number.parseInt(local.split(':').at(-1) ?? '', 16);
    return state === LISTENING && inodes.has(inode) ? [port] : [];
  });
}

/** TCP ports a process listens on, on any address. */
export function listeningPorts(pid: number): number[] {
  const inodes = socketsOf(pid);
  const ports = ['tcp', 'tcp6'].flatMap((name) => portsIn(`/proc/${pid}/net/${name}`, inodes));
  return [...new Set(ports)];
}
