// Can a release trust the gate? Real runs of programs that leak a chosen amount, held against an accepted run:
// `node test/bench/gate.mjs [same-build runs, default 20] [cycles, default 60] [program...]`. The C program is exact and
// runs once; the Node program keeps its bytes outside the V8 heap, has V8's noise there too, and runs three times. Exits 1 when a run of the same build does not pass, when a
// planted regression of 20 KB per cycle does not fail by its name, or when a better build is not called that.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const [same = '20', cycles = '60', ...only] = process.argv.slice(2);
const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'tidemark-gate-'));
const exact = join(folder, 'exact');
const compiled = spawnSync('cc', [
  ...['-O1', '-fno-builtin', '-pthread', '-o', exact],
  join(root, 'test/known-answer/known-answer.c'),
]);
if (compiled.status !== 0) throw new Error(`cc: ${compiled.stderr}`);
const managed = join(folder, 'managed.mjs');
writeFileSync(
  managed,
  `import { createInterface } from 'node:readline';
const kept = [];
const bytes = Number(process.argv[2]);
for await (const line of createInterface({ input: process.stdin })) {
  const churn = Array.from({ length: 200 }, () => ({ at: Date.now(), text: 'x'.repeat(Math.random() * 2000) }));
  for (let left = bytes; left > 0; left -= 5000) kept.push(Buffer.allocUnsafeSlow(Math.min(left, 5000)).fill(1));
  if (churn.length > 0) console.log('done ' + line.split(' ')[1]);
}
`,
);

let seed = 1;
const nextSeed = () => {
  seed += 1;
  return seed;
};
const PROGRAMS = {
  exact: (bytes) => `${exact} leak ${nextSeed()} ${bytes / 5000} 5000`,
  managed: (bytes) => `${process.execPath} ${managed} ${bytes}`,
};
const tidemark = (...args) =>
  spawnSync(process.execPath, [join(root, 'bin/tidemark.js'), ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });

function measure(command, ...more) {
  const out = mkdtempSync(join(folder, 'run-'));
  const target = ['--scenario', 'program-cycle', '--target', 'program', '--command', command];
  const quick = ['--allocator', 'glibc', '--cycles', cycles, '--idle-tail', '0s', '--out', out];
  const { status } = tidemark('run', ...target, ...quick, ...more);
  const run = join(out, readdirSync(out)[0]);
  return { status, run, result: JSON.parse(readFileSync(join(run, 'result.json'), 'utf8')) };
}

const rows = [];
function held(name, bytes, wanted) {
  const more = ['--against', `${name}.json`, '--repeats', REPEATS[name]];
  const { status, result } = measure(PROGRAMS[name](bytes), ...more);
  const live = result.regressions.metrics.find(({ metric }) => metric === 'native.live');
  const open = result.regressions.metrics.filter((one) => one.gates && one.answer === 'undecided');
  const named = result.verdicts[0].because;
  const isRight =
    wanted === 'worse'
      ? status === 1 && live.answer === 'worse' && named.includes('native live')
      : status === 0 && live.answer === wanted;
  const [difference, low, high] = [live.difference, live.intervalLow, live.intervalHigh].map((n) =>
    (n / 1024).toFixed(2),
  );
  rows.push({ program: name, bytes, wanted, got: live.answer, exit: status, isRight });
  console.log(
    `${isRight ? 'right' : 'WRONG'}  ${name} ${bytes} B/cycle: exit ${status}, native live ${live.answer}, ${difference} KiB/cycle [${low}, ${high}]${isRight ? '' : `; ${named}`}${open.length > 0 ? `; undecided: ${open.map(({ metric }) => metric).join(', ')}` : ''}`,
  );
}

const REPEATS = { exact: '1', managed: '3' };
// Under the default budget, and over it: a known leak that is accepted.
const BYTES = { exact: 10_000, managed: 40_000 };
for (const name of Object.keys(PROGRAMS).filter((id) => only.length === 0 || only.includes(id))) {
  const bytes = BYTES[name];
  const { run } = measure(PROGRAMS[name](bytes), '--repeats', '3');
  const saved = tidemark('baseline', 'save', run, '--file', `${name}.json`);
  console.log(saved.stdout.trim());
  for (let i = 0; i < Number(same); i += 1) held(name, bytes, 'same');
  for (let i = 0; i < 3; i += 1) held(name, bytes + 20_000, 'worse');
  held(name, 0, 'better');
}
rmSync(folder, { recursive: true, force: true });
const share = (wanted) => {
  const asked = rows.filter((row) => row.wanted === wanted);
  return `${asked.filter(({ isRight }) => isRight).length} of ${asked.length}`;
};
console.log(
  `same build passes ${share('same')}; 20 KB/cycle more fails by its name ${share('worse')}; a better build is called that ${share('better')}`,
);
process.exitCode = rows.every(({ isRight }) => isRight) ? 0 : 1;
