/**
 * The heap walk against real releases of glibc: fetches the libc packages of other suites of this distribution with apt
 * (from the mirror this machine is set up for), unpacks them into a temporary folder, runs the test targets under each
 * by its own loader, and compares every figure with the mallinfo of the target. Needs no root and installs nothing.
 *
 * `npm run build`, then `node test/bench/libcs.mjs [SUITE ...]`; without names: bullseye bookworm trixie forky sid.
 */
import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { walkHeap } from '../../dist/harness/native/walk-heap.js';

const SUITES =
  process.argv.length > 2
    ? process.argv.slice(2)
    : ['bullseye', 'bookworm', 'trixie', 'forky', 'sid'];
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const LIBRARIES = 'lib/x86_64-linux-gnu';
const SEEDS = [1, 2, 3, 4, 5];

/** The first mirror of the distribution itself, from either form of apt's sources. */
function findMirror() {
  const folder = '/etc/apt/sources.list.d';
  const files = [
    '/etc/apt/sources.list',
    ...(existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []),
  ];
  for (const file of files.filter((path) => existsSync(path))) {
    const text = readFileSync(file, 'utf8');
    const match = /^(?:URIs:|deb(?: \[[^\]]*\])?) *(https?:\/\/\S+\/debian)\/?(?:\s|$)/m.exec(text);
    if (match !== null) return match[1];
  }
  throw new Error('apt has no source for the distribution itself');
}

/** Downloads into a folder of its own, with lists and caches of its own. */
function download(suite, folder, packages) {
  for (const name of ['state/lists/partial', 'cache/archives/partial', 'debs'])
    mkdirSync(join(folder, name), { recursive: true });
  const sources = join(folder, 'sources.list');
  writeFileSync(sources, `deb [signed-by=${KEYRING}] ${findMirror()} ${suite} main\n`);
  writeFileSync(join(folder, 'status'), '');
  const options = [
    `Dir::Etc::sourcelist=${sources}`,
    'Dir::Etc::sourceparts=-',
    `Dir::State=${join(folder, 'state')}`,
    `Dir::State::status=${join(folder, 'status')}`,
    `Dir::Cache=${join(folder, 'cache')}`,
    // An old suite's signatures and dates may have run out; the packages are only read by the loader.
    'Acquire::Check-Valid-Until=false',
    'Acquire::Languages=none',
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  execFileSync('apt-get', [...options, 'update'], { stdio: 'ignore' });
  execFileSync('apt-get', [...options, 'download', ...packages], {
    cwd: join(folder, 'debs'),
    stdio: 'ignore',
  });
}

/** Unpacked suites have /lib in /usr since 2023; the loader and the linker want both. */
function unpack(folder) {
  const root = join(folder, 'root');
  for (const name of readdirSync(join(folder, 'debs')))
    execFileSync('dpkg-deb', ['-x', join(folder, 'debs', name), root]);
  for (const name of ['lib', 'lib64'])
    if (!lstatSync(join(root, name), { throwIfNoEntry: false }))
      symlinkSync(`usr/${name}`, join(root, name));
  return root;
}

/** Some suites have an absolute link in lib64, which would lead out of the unpacked folder. */
function loaderOf(root) {
  const libraries = join(root, LIBRARIES);
  const name = readdirSync(libraries).find((file) => /^ld-(?:2\.\d+|linux-x86-64)\.so/.test(file));
  if (name === undefined) throw new Error('no loader in the package');
  return join(libraries, name);
}

/** Compiled against the oldest release, the program runs under all. */
function compile(root, name, output) {
  const libraries = join(root, LIBRARIES);
  const development = join(root, 'usr', LIBRARIES);
  const source = join(import.meta.dirname, '..', 'native', 'programs', name);
  const threads = existsSync(join(libraries, 'libpthread.so.0'))
    ? [join(libraries, 'libpthread.so.0')]
    : [];
  execFileSync('cc', [
    '-O1',
    '-fno-builtin',
    '-w',
    '-nostdinc',
    '-isystem',
    join(execFileSync('cc', ['-print-file-name=include'], { encoding: 'utf8' }).trim()),
    '-isystem',
    join(root, 'usr/include'),
    '-isystem',
    join(root, 'usr/include/x86_64-linux-gnu'),
    '-nostdlib',
    '-no-pie',
    '-o',
    output,
    join(development, 'crt1.o'),
    join(development, 'crti.o'),
    source,
    join(libraries, 'libc.so.6'),
    ...threads,
    join(development, 'libc_nonshared.a'),
    loaderOf(root),
    join(development, 'crtn.o'),
  ]);
}

function start(root, program, args, environment = {}) {
  const loader = loaderOf(root);
  const path = [join(root, LIBRARIES), join(root, 'usr', LIBRARIES)].join(':');
  const child = spawn(loader, ['--library-path', path, program, ...args.map(String)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    pid: child.pid,
    line: async () => {
      const next = await lines.next();
      if (next.done) throw new Error('the target ended');
      return next.value;
    },
    say: (text) => child.stdin.write(`${text}\n`),
    end: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function exactWalk(pid) {
  let doubts = '';
  for (let tries = 0; tries < 10; tries++) {
    await delay(30);
    const reading = await walkHeap(pid, { census: true });
    if (reading.state === 'refused') throw new Error(reading.refusal.reason);
    if (reading.walk.quality === 'exact') return reading;
    doubts = reading.walk.doubts.join('; ');
  }
  throw new Error(`never exact: ${doubts}`);
}

const FIGURES = ['arena', 'uordblks', 'fordblks', 'fsmblks', 'hblks', 'hblkhd'];

function differences({ walk, ranges }, line) {
  const inside = line.split(' ').map(Number);
  const outside = [
    walk.arenaBytes,
    walk.inUseBytes,
    walk.binnedBytes + walk.fastBytes + walk.topBytes,
    walk.fastBytes,
    walk.mmappedCount,
    walk.mmappedBytes,
  ];
  const census = walk.census.reduce((sum, { sizeBytes, count }) => sum + sizeBytes * count, 0);
  const mapped = ranges
    .filter(({ kind }) => kind === 'malloc-mmapped')
    .reduce((sum, { start, end }) => sum + end - start, 0);
  return [
    ...FIGURES.flatMap((name, index) =>
      inside[index] === outside[index] ? [] : [`${name} ${outside[index] - inside[index]}`],
    ),
    ...(census - mapped + walk.tcacheBytes + walk.metadataBytes === inside[1] ? [] : ['census']),
  ];
}

async function tryTarget(root, program, args, environment) {
  const target = start(root, program, args, environment);
  try {
    const line = await target.line();
    const { walk, ranges } = await exactWalk(target.pid);
    const row = {
      heaps: ranges.filter(({ kind }) => kind === 'malloc-arena').length,
      arenas: walk.arenaCount,
      caches: `${walk.tcacheCount} of ${walk.threadCount}`,
      'arena bytes': walk.arenaBytes,
      'tcache bytes': walk.tcacheBytes,
      'fast bytes': walk.fastBytes,
      'mapped bytes': walk.mmappedBytes,
      differences: differences({ walk, ranges }, line).join(', ') || 'none',
      trim: '',
    };
    if (args[0] !== 'heap' && program.endsWith('targets')) return { libc: walk.libc, ...row };
    target.say('t');
    await target.line();
    const after = (await exactWalk(target.pid)).walk;
    const returned = walk.residentBytes - after.residentBytes;
    return { libc: walk.libc, ...row, trim: `${walk.trimReturnsBytes} / ${returned}` };
  } catch (error) {
    return { differences: `failed: ${error.message}` };
  } finally {
    await target.end();
  }
}

const folder = mkdtempSync(join(tmpdir(), 'tidemark-libcs-'));
try {
  const program = join(folder, 'targets');
  const split = join(folder, 'split-heap');
  const rows = [];
  for (const suite of SUITES) {
    const own = join(folder, suite);
    try {
      download(suite, own, ['libc6', 'libc6-dev', 'linux-libc-dev']);
    } catch (error) {
      rows.push({ suite, differences: `not to be had: ${error.message.split('\n')[0]}` });
      continue;
    }
    const root = unpack(own);
    if (!existsSync(program)) compile(root, 'targets.c', program);
    if (!existsSync(split)) compile(root, 'split-heap.c', split);
    for (const [room, layout] of [
      ['0', ''],
      ['0', 'em'],
      ['300', ''],
      ['64', 'gmt'],
      ['0', 'b'],
    ])
      rows.push({
        suite,
        target: `split ${room} ${layout}`,
        ...(await tryTarget(root, split, ['1', room, layout])),
      });
    const noCache = { GLIBC_TUNABLES: 'glibc.malloc.tcache_count=0' };
    for (const seed of SEEDS)
      rows.push({
        suite,
        target: `heap, seed ${seed}`,
        ...(await tryTarget(root, program, ['heap', seed, 4])),
      });
    rows.push({ suite, target: 'small', ...(await tryTarget(root, program, ['small', 1])) });
    rows.push({ suite, target: 'mapped', ...(await tryTarget(root, program, ['mapped', 1])) });
    rows.push({
      suite,
      target: 'fast',
      ...(await tryTarget(root, program, ['fast', 1, 100_000], noCache)),
    });
  }
  console.table(rows);
  if (rows.some(({ differences: found }) => found !== 'none')) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
