/**
 * How fast the heap walk is, as a ratio to reading the same pages through /proc/PID/mem in the same run, and against gdb
 * calling malloc_info in the target. Run `npm run build` first, then `node test/bench/walker.mjs`. CPU time, medians of
 * five; ratios matter, milliseconds depend on the machine.
 */
import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openReader } from '../../dist/harness/native/reader.js';
import { walkHeap } from '../../dist/harness/native/walk-heap.js';

const PAGE = 4096;
const ROUNDS = 5;

/** [title, megabytes, least, most, percent free, ratio to stay under] */
const HEAPS = [
  ['100 MB, 16-400 B, 30 % free', 100, 16, 400, 30, 3],
  ['500 MB, 16-400 B, 30 % free', 500, 16, 400, 30, 2],
  ['1 GB, 16-400 B, 30 % free', 1024, 16, 400, 30, 2],
  ['3 GB, 16-400 B, 30 % free', 3072, 16, 400, 30, 3],
  ['1 GB, 2-60 KB, 30 % free', 1024, 2000, 60_000, 30, 1],
  ['300 MB, 16-64 B, half free', 300, 16, 64, 50, undefined],
];

function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

/** Runs of present pages of the heap, as the walk sees them. */
function presentRuns(reader, ranges) {
  const runs = [];
  for (const { start, end } of ranges) {
    const first = Math.floor(start / PAGE);
    const count = Math.ceil(end / PAGE) - first;
    const entries = new Uint8Array(count * 8);
    reader.pagemap(first, entries, count);
    for (let page = 0; page < count; page++) {
      if ((entries[page * 8 + 7] & 0x80) === 0) continue;
      const last = runs.at(-1);
      if (last !== undefined && last.end === (first + page) * PAGE) last.end += PAGE;
      else runs.push({ start: (first + page) * PAGE, end: (first + page + 1) * PAGE });
    }
  }
  return runs;
}

function readOnly(reader, runs) {
  const into = new Uint8Array(256 * 1024);
  const before = cpuMs();
  for (const { start, end } of runs)
    for (let at = start; at < end; at += into.length)
      reader.memory(at, into, Math.min(into.length, end - at));
  return cpuMs() - before;
}

function stateOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat[stat.lastIndexOf(')') + 2];
  } catch {
    return 'gone';
  }
}

const CALL = [
  'set confirm off',
  'set $f = ((void*(*)(const char*,const char*))fopen)("/dev/null", "w")',
  'call ((int(*)(int,void*))malloc_info)(0, $f)',
];

/**
 * How long gdb takes with these commands, and how long the target stands still for it. Undefined when gdb could not do
 * it: some builds cannot write the registers of newer processors, and the target does not survive the attempt.
 */
async function runGdb(pid, commands) {
  const lines = [...commands, 'detach'].flatMap((line) => ['-ex', line]);
  const started = performance.now();
  let firstStop;
  let lastStop;
  const gdb = execFile('gdb', ['-nx', '-batch', '-p', String(pid), ...lines]);
  let output = '';
  for (const stream of [gdb.stdout, gdb.stderr])
    stream.on('data', (piece) => {
      output += piece;
    });
  const ended = new Promise((resolve) => gdb.once('close', resolve));
  const timer = setInterval(() => {
    if (stateOf(pid) !== 't') return;
    firstStop ??= performance.now();
    lastStop = performance.now();
  }, 1);
  const code = await ended;
  clearInterval(timer);
  const failed = code !== 0 || /Couldn't write|Invalid cast|No symbol/.test(output);
  if (failed || stateOf(pid) === 'gone') return undefined;
  return { totalMs: performance.now() - started, stoodStillMs: (lastStop ?? 0) - (firstStop ?? 0) };
}

async function startHeap(program, numbers) {
  const child = spawn(program, numbers.map(String), { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => (await lines.next()).value;
  const [pid, blocks] = (await line()).split(' ').map(Number);
  return { child, pid, blocks, line };
}

function format(gdb) {
  return gdb === undefined ? 'failed' : `${gdb.totalMs.toFixed(0)}, ${gdb.stoodStillMs.toFixed(0)}`;
}

async function measure(program, [title, megabytes, least, most, free, limit], hasGdb) {
  const { child, pid, blocks, line } = await startHeap(program, [megabytes, least, most, free]);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const walks = [];
    const reads = [];
    let reading;
    for (let round = 0; round < ROUNDS; round++) {
      const before = cpuMs();
      reading = await walkHeap(pid, { tries: 1, census: true });
      walks.push(cpuMs() - before);
      if (reading.state === 'refused') throw new Error(reading.refusal.reason);
      const reader = openReader(pid);
      reads.push(readOnly(reader, presentRuns(reader, reading.ranges)));
      reader[Symbol.dispose]();
    }
    const stopped = await walkHeap(pid, { stop: 'always' });
    child.stdin.write('x\n');
    const malloc = await line();
    const attach = hasGdb ? await runGdb(pid, []) : undefined;
    const call = hasGdb ? await runGdb(pid, CALL) : undefined;
    const ratio = median(walks) / median(reads);
    return {
      heap: title,
      blocks,
      quality: reading.walk.quality,
      'read ms': Math.round(median(reads)),
      'walk ms': Math.round(median(walks)),
      ratio: Number(ratio.toFixed(2)),
      limit: limit ?? '-',
      'stopped ms': Math.round(stopped.walk?.stoppedMs ?? -1),
      'malloc_info ms': Number(malloc),
      'gdb attach: ms, stopped': format(attach),
      'gdb malloc_info: ms, stopped': format(call),
      'walker MB': Math.round(process.memoryUsage().rss / 2 ** 20),
      ok: limit === undefined || ratio <= limit,
    };
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
try {
  const program = join(folder, 'walker-heap');
  execFileSync('cc', [
    '-O1',
    '-fno-builtin',
    '-o',
    program,
    join(import.meta.dirname, 'walker-heap.c'),
  ]);
  const hasGdb = spawnSync('gdb', ['--version'], { stdio: 'ignore' }).status === 0;
  const rows = [];
  for (const heap of HEAPS) rows.push(await measure(program, heap, hasGdb));
  console.table(rows);
  if (!hasGdb) console.log('gdb is missing: not compared');
  if (rows.some(({ ok, 'walker MB': megabytes }) => !ok || megabytes > 200)) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
