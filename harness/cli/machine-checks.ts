import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDir } from '../lib/cache-dir.ts';
import { findExecutable, hasDeathSignal } from '../lib/child.ts';
import { allocatorSettings } from '../lib/child-env.ts';
import { formatAmount } from '../lib/format.ts';
import { inspectProcess } from '../pipeline.ts';
import { machineFacts } from '../run/machine.ts';
import { planNetwork } from '../run/private-network.ts';

/** `ok`; `limited`: runs work, with something less; `missing`: nothing can be measured before this is mended. */
export interface MachineCheck {
  readonly name: string;
  readonly state: 'ok' | 'limited' | 'missing';
  readonly says: string;
  /** The command, or what to do. */
  readonly helps?: string;
}

const GiB = 1024 ** 3;
const oldestNode = [20, 11];
/** A browser in the pictures people run this on, by the names they are installed under. */
const BROWSERS = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  'chrome',
];

const bytes = (value: number): string => formatAmount(value, 'bytes');

function checkPlatform(): MachineCheck {
  const { platform, arch } = process;
  const name = 'platform';
  if (platform === 'linux' && arch === 'x64') {
    const { libc, kernel } = machineFacts();
    return { name, state: 'ok', says: `Linux ${kernel} on x86-64, ${libc}` };
  }
  const helps = 'measure on Linux on x86-64; analyze and report work here on runs recorded there';
  return { name, state: 'missing', says: `${platform} on ${arch} cannot be measured on`, helps };
}

function checkNode(): MachineCheck {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldMajor = 0, oldMinor = 0] = oldestNode;
  const recent = major > oldMajor || (major === oldMajor && minor >= oldMinor);
  return recent
    ? { name: 'node', state: 'ok', says: process.version }
    : {
        name: 'node',
        state: 'missing',
        says: `${process.version} is too old`,
        helps: `install Node ${oldestNode.join('.')} or later`,
      };
}

function checkNetwork(): MachineCheck {
  const { kind, reason } = planNetwork();
  const name = 'private network';
  if (kind === 'private') return { name, state: 'ok', says: `works: ${reason}` };
  if (process.env.LIVEKIT_URL) {
    return { name, state: 'limited', says: `not used: ${reason}`, helps: 'unset LIVEKIT_URL' };
  }
  return { name, state: 'limited', says: `${reason}; runs use the host's`, helps: namespaceHint() };
}

/** Which of the usual locks is on. */
function namespaceHint(): string {
  if (findExecutable('unshare') === null) return 'apt-get install util-linux iproute2';
  if (findExecutable('ip') === null) return 'apt-get install iproute2';
  const isOn = (file: string, value: string): boolean => readSetting(file) === value;
  if (isOn('/proc/sys/kernel/apparmor_restrict_unprivileged_userns', '1'))
    return 'sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0';
  if (isOn('/proc/sys/kernel/unprivileged_userns_clone', '0'))
    return 'sudo sysctl kernel.unprivileged_userns_clone=1';
  if (isOn('/proc/sys/user/max_user_namespaces', '0'))
    return 'sudo sysctl user.max_user_namespaces=10000';
  return 'in a container: start it with --cap-add SYS_ADMIN --security-opt seccomp=unconfined';
}

function readSetting(file: string): string | null {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : null;
}

/** Reads the heap of a process of its own, as a run does. */
async function checkReading(): Promise<MachineCheck> {
  const name = 'reading heaps';
  const child = spawn('sleep', ['30'], { stdio: 'ignore' });
  try {
    await new Promise((ready, fail) => child.once('spawn', ready).once('error', fail));
    // The loader has to be through before there is a heap.
    await new Promise((ready) => setTimeout(ready, 100));
    const seen = await inspectProcess(child.pid ?? 0, { stop: 'never' });
    if (seen?.walk) {
      const says = `works: ${seen.allocator}, no debugger and no root needed`;
      return { name, state: 'ok', says };
    }
    return {
      name,
      state: 'limited',
      says: `${seen?.refusal ?? 'the process was gone'}; only residency and counts are left`,
      helps: 'measure with glibc 2.26 to 2.43',
    };
  } catch (error) {
    const scope = readSetting('/proc/sys/kernel/yama/ptrace_scope');
    return {
      name,
      state: 'missing',
      says: `another process cannot be read: ${error instanceof Error ? error.message : error}`,
      helps:
        scope !== null && Number(scope) > 1
          ? 'sudo sysctl kernel.yama.ptrace_scope=1'
          : 'in a container: start it with --cap-add SYS_PTRACE',
    };
  } finally {
    child.kill('SIGKILL');
  }
}

function checkDeathSignal(): MachineCheck {
  const name = 'clean ends';
  return hasDeathSignal()
    ? { name, state: 'ok', says: 'processes end with a harness that is killed (setpriv)' }
    : {
        name,
        state: 'limited',
        says: 'processes outlive a harness that is killed: there is no setpriv',
        helps: 'apt-get install util-linux',
      };
}

function checkMemory(): MachineCheck {
  const { memoryBytes, cpus } = machineFacts();
  const available = /MemAvailable:\s+(\d+) kB/.exec(readSetting('/proc/meminfo') ?? '')?.[1];
  const free = Math.min(memoryBytes, Number(available ?? 0) * 1024);
  const says = `${bytes(memoryBytes)}, ${bytes(free)} of it free; ${cpus} cpus`;
  return free > GiB
    ? { name: 'memory', state: 'ok', says }
    : {
        name: 'memory',
        state: 'limited',
        says,
        helps: 'run one target at a time, with --memory-limit',
      };
}

function checkDisk(): MachineCheck {
  let folder = cacheDir();
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  const says = `${bytes(bavail * bsize)} free where fetched parts are kept`;
  return bavail * bsize > 2 * GiB
    ? { name: 'disk', state: 'ok', says }
    : {
        name: 'disk',
        state: 'limited',
        says,
        helps: 'set TIDEMARK_CACHE to a folder with 2 GiB free',
      };
}

function checkHugePages(): MachineCheck {
  const { transparentHugePages } = machineFacts();
  const name = 'huge pages';
  return transparentHugePages === 'always'
    ? {
        name,
        state: 'limited',
        says: 'always on: residency jumps in steps of 2 MiB (live bytes do not)',
        helps: 'echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled',
      }
    : { name, state: 'ok', says: transparentHugePages };
}

function checkEnvironment(): MachineCheck[] {
  const set = allocatorSettings();
  if (set.length === 0) return [];
  const says = `${set.join(', ')} would change the malloc that is measured: kept from targets`;
  return [{ name: 'environment', state: 'limited', says, helps: `unset ${set.join(' ')}` }];
}

const cached = (part: string): string[] => {
  const folder = join(cacheDir(), part);
  return existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith('.')) : [];
};

function findBrowser(): string | null {
  const { CHROME_PATH, PUPPETEER_EXECUTABLE_PATH } = process.env;
  const names = [CHROME_PATH, PUPPETEER_EXECUTABLE_PATH, ...BROWSERS].filter((name) => name);
  const found = names.map((name) => findExecutable(name ?? '')).find((file) => file !== null);
  const isFetched = cached('chromium').length > 0 || cached('chrome').length > 0;
  return found ?? (isFetched ? 'fetched' : null);
}

/** Parts that a run needs, whether they are there already, and what fetches them. */
function checkParts(): MachineCheck[] {
  const part = (name: string, there: string | null, how: string, helps: string): MachineCheck =>
    there === null
      ? { name, state: 'limited', says: `not here yet; ${how}`, helps }
      : { name, state: 'ok', says: there };
  const servers = cached('livekit-server');
  const server =
    findExecutable('livekit-server') ?? (servers.length > 0 ? servers.join(', ') : null);
  const jemalloc = cached('jemalloc').length > 0 ? 'fetched' : systemJemalloc();
  const python = findExecutable('python3');
  const canGo = findExecutable('go') === null ? 'the official release is fetched' : 'go builds it';
  return [
    part('livekit-server', server, canGo, 'npx tidemark setup'),
    part('jemalloc', jemalloc, 'fetched from Debian packages without root', 'npx tidemark setup'),
    part('python', python, 'for agents in Python', 'apt-get install python3 python3-venv'),
    part('browser', findBrowser(), 'for targets in a browser', 'apt-get install chromium'),
  ];
}

function systemJemalloc(): string | null {
  const folders = ['/usr/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/lib', '/usr/local/lib'];
  const files = folders.map((folder) => join(folder, 'libjemalloc.so.2'));
  return files.find((file) => existsSync(file)) ?? null;
}

/** Everything that decides what a run on this machine can see. Fetches nothing. */
export async function checkMachine(): Promise<MachineCheck[]> {
  const platform = checkPlatform();
  if (platform.state === 'missing') return [platform, checkNode()];
  return [
    platform,
    checkNode(),
    checkNetwork(),
    await checkReading(),
    checkDeathSignal(),
    checkMemory(),
    checkDisk(),
    checkHugePages(),
    ...checkEnvironment(),
    ...checkParts(),
  ];
}
