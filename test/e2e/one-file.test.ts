import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunResult } from '../../harness/contracts/result.ts';
import { PROGRAM } from './_tidemark.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const copy = mkdtempSync(join(tmpdir(), 'tidemark-one-file-'));

/** One new file each, and nothing else is changed. */
const NEW_FILES: Readonly<Record<string, string>> = {
  'scenarios/two-steps.js': `export default {
    id: 'two-steps', title: 'two round trips', description: 'two round trips of a program in one cycle',
    services: [], needs: ['step'],
    async cycle({ target, cycle }) { await target.step(2 * cycle); await target.step(2 * cycle + 1); },
  };`,
  'harness/probes/page-faults.js': `import { readFileSync } from 'node:fs';
  export default {
    id: 'page-faults', title: 'minor page faults', cost: 'cheap', metrics: ['info.minor-faults'], supports: () => true,
    async sample({ processes }) {
      const stat = readFileSync('/proc/' + processes[0].pid + '/stat', 'utf8');
      return { values: { 'info.minor-faults': Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[7]) } };
    },
  };`,
  'harness/allocators/glibc-top-pad.js': `import { readFileSync } from 'node:fs';
  export default {
    id: 'glibc-top-pad', title: 'glibc malloc, big steps', readsLiveBytes: true,
    ensure: async () => ({ state: 'available', detail: 'part of glibc' }),
    environment: async () => ({ MALLOC_TOP_PAD_: '1048576' }),
    async prove(pid) {
      if (!readFileSync('/proc/' + pid + '/environ', 'utf8').includes('MALLOC_TOP_PAD_=1048576')) throw new Error('not set');
      return { allocator: 'glibc-top-pad', evidence: 'MALLOC_TOP_PAD_=1048576 in its environment' };
    },
  };`,
  'reports/one-line.js': `export default {
    id: 'one-line', title: 'one line', fileName: 'one-line.txt',
    render: (result) => result.cells.map(({ cell, classification }) => cell.id + ' ' + classification.kind).join('\\n'),
  };`,
};

beforeAll(() => {
  for (const part of ['dist', 'bin', 'package.json', 'harness/probes/_python-helper'])
    cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  for (const [name, text] of Object.entries(NEW_FILES))
    writeFileSync(join(copy, 'dist', name), text);
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

it('a scenario, a probe, an allocator and a report are each added with one file', () => {
  const out = join(copy, 'out');
  const config = join(copy, 'config.json');
  writeFileSync(
    config,
    JSON.stringify({
      scenarios: ['two-steps'],
      targets: ['program'],
      allocators: ['glibc-top-pad'],
      command: `${PROGRAM} fine`,
      cycles: 15,
      idleTail: 0,
      reports: ['json', 'one-line'],
      out,
    }),
  );
  const ran = spawnSync(
    process.execPath,
    [join(copy, 'bin/tidemark.js'), 'run', '--config', config],
    { encoding: 'utf8' },
  );
  expect(ran.stderr).toContain('result.json, one-line.txt');
  const runDir = join(out, readdirSync(out)[0] ?? '');
  const result = JSON.parse(readFileSync(join(runDir, 'result.json'), 'utf8')) as RunResult;
  expect(result.cells[0]?.proof?.evidence).toBe('MALLOC_TOP_PAD_=1048576 in its environment');
  expect(result.cells[0]?.metrics.map(({ id }) => id)).toContain('info.minor-faults');
  expect(readFileSync(join(runDir, 'one-line.txt'), 'utf8')).toMatch(
    /^two-steps\/program\/inline\/glibc-top-pad \S+$/,
  );
});
