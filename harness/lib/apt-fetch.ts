import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TidemarkError } from '../contracts/errors.ts';
import { findExecutable } from './child.ts';
import { runCommand } from './child-run.ts';
import { makeFolder } from './downloader.ts';

export interface AptFetch {
  readonly packageName: string;
  /** Folder that appears when the package has been unpacked there. */
  readonly folder: string;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  /** Also what it depends on and this machine lacks. */
  readonly withDependencies?: boolean;
  /** More options for every `apt-get` (other package lists or sources). */
  readonly settings?: readonly string[];
}

/** True on machines where `aptFetch` can work at all. */
export function hasApt(): boolean {
  return findExecutable('apt-get') !== null && findExecutable('dpkg-deb') !== null;
}

/**
 * Unpacks a Debian package into a folder without root and without installing it. Where the machine has no package lists
 * (fresh containers), they are fetched into a temporary folder: a few seconds, thrown away afterwards.
 */
export async function aptFetch(options: AptFetch): Promise<void> {
  await makeFolder(options.folder, async (temporary) => {
    const work = join(temporary, '.apt');
    await mkdir(work);
    const get = options.withDependencies ? downloadClosure : downloadPackage;
    let archives = await get(options, work, []);
    if (archives.state === 'failed') {
      options.log(`fetching package lists for ${options.packageName}`);
      const state = await privateState(options, work);
      archives = await get(options, work, state);
    }
    if (archives.state === 'failed') throw failed(options, archives.reason);
    for (const file of archives.files) {
      const unpacked = await run(options, work, 'dpkg-deb', ['-x', file, temporary]);
      if (unpacked.code !== 0) throw failed(options, unpacked.tail);
    }
    await rm(work, { recursive: true, force: true });
  });
}

type Archives = { state: 'found'; files: readonly string[] } | { state: 'failed'; reason: string };

async function downloadPackage(
  options: AptFetch,
  work: string,
  settings: readonly string[],
): Promise<Archives> {
  const args = [
    ...SANDBOX,
    ...(options.settings ?? []),
    ...settings,
    'download',
    options.packageName,
  ];
  const { code, tail } = await run(options, work, 'apt-get', args);
  const file = (await readdir(work)).find((name) => name.endsWith('.deb'));
  if (code !== 0 || file === undefined) return { state: 'failed', reason: tail };
  return { state: 'found', files: [join(work, file)] };
}

const PROGRESS_PACKAGES = 20;

/** The C library belongs to the dynamic linker of the machine: another one beside it cannot be loaded. */
const NEVER = /^(libc6|libc-bin|libcrypt1)_/;

/** What an installation would fetch: apt works it out, asks for no lock, and stops before anything is installed. */
async function downloadClosure(
  options: AptFetch,
  work: string,
  settings: readonly string[],
): Promise<Archives> {
  const archives = join(work, 'archives');
  await mkdir(join(archives, 'partial'), { recursive: true });
  const args = [
    ...SANDBOX,
    ...(options.settings ?? []),
    ...settings,
    ...['-o', `Dir::Cache::archives=${archives}`, '-o', 'Debug::NoLocking=1'],
    ...['-y', '--no-install-recommends', '--download-only', 'install', options.packageName],
  ];
  let received = 0;
  const onLine = (line: string): void => {
    if (!line.startsWith('Get:')) return;
    received += 1;
    if (received % PROGRESS_PACKAGES === 0)
      options.log(`${options.packageName}: ${received} packages received`);
  };
  const { code, tail } = await run(options, work, 'apt-get', args, onLine);
  const files = (await readdir(archives)).filter((name) => name.endsWith('.deb'));
  if (code !== 0 || files.length === 0) return { state: 'failed', reason: tail };
  const wanted = files.filter((name) => !NEVER.test(name));
  return { state: 'found', files: wanted.map((name) => join(archives, name)) };
}

/** As root apt would drop to a user that cannot write here. */
const SANDBOX = ['-q', '-o', 'APT::Sandbox::User=root'];

async function privateState(options: AptFetch, work: string): Promise<string[]> {
  const state = join(work, 'state');
  await mkdir(join(state, 'lists', 'partial'), { recursive: true });
  await mkdir(join(state, 'cache', 'archives', 'partial'), { recursive: true });
  const settings = {
    'Dir::State': state,
    'Dir::State::lists': join(state, 'lists'),
    'Dir::State::status': '/var/lib/dpkg/status',
    'Dir::Cache': join(state, 'cache'),
    'Acquire::Languages': 'none',
    'APT::Update::Post-Invoke-Success::': '',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  // One repository that cannot be reached makes `update` fail while the others work: the download decides.
  await run(options, work, 'apt-get', [...SANDBOX, ...(options.settings ?? []), ...args, 'update']);
  return args;
}

async function run(
  options: AptFetch,
  cwd: string,
  command: string,
  args: readonly string[],
  onLine: (line: string) => void = () => undefined,
) {
  const env = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
  return await runCommand({ command, args, cwd, env, signal: options.signal, onLine });
}

function failed(options: AptFetch, tail: string): TidemarkError {
  const reason = tail.split('\n').findLast((line) => line.startsWith('E:'));
  const said = reason ?? tail.split('\n').at(-1);
  return new TidemarkError('setup', `cannot fetch ${options.packageName}: ${said}`, {
    hint: `apt-get install ${options.packageName}`,
  });
}
