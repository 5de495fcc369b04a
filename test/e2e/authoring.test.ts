import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXAMPLES } from '../../harness/cli/examples.ts';
import type { RunPlan } from '../../harness/contracts/plan.ts';
import { targetEnvironment } from '../../harness/lib/child-env.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** What the project has of its own; linked, so that only tidemark has to be installed. */
const TOOLS = ['vitest', 'typescript'];

const folder = mkdtempSync(join(tmpdir(), 'tidemark-project-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Without what vitest and npm put into the environment of this test. */
const env = { ...targetEnvironment({}), NO_COLOR: '1' };

function inProject(command: string, args: readonly string[]) {
  const ran = spawnSync(command, args, { cwd: folder, env, encoding: 'utf8', timeout: 180_000 });
  return { code: ran.status, stdout: ran.stdout, stderr: ran.stderr };
}
const tidemark = (...args: string[]) => inProject('node_modules/.bin/tidemark', args);

interface TestReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly title: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** A project of its own with the packed package installed as its users install it. */
beforeAll(() => {
  cpSync(join(ROOT, 'test/fixtures/project'), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  const npm = (cwd: string, args: string[]): string =>
    execFileSync('npm', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const tarball = npm(ROOT, ['pack', '--ignore-scripts', '--pack-destination', folder]).trim();
  npm(folder, ['install', ...quiet, `./${tarball}`]);
  for (const name of TOOLS) {
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  }
}, 300_000);

describe('a project that has tidemark installed', { timeout: 180_000 }, () => {
  it('soaks in its own vitest, with a scenario of its own in TypeScript', () => {
    const ran = inProject(process.execPath, [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--reporter=json',
      '--outputFile=vitest.json',
    ]);
    expect(ran.code, ran.stderr).toBe(1);
    const report = JSON.parse(readFileSync(join(folder, 'vitest.json'), 'utf8')) as TestReport;
    const results = report.testResults.flatMap(({ assertionResults }) => assertionResults);
    expect(results.map(({ title, status }) => `${title}: ${status}`)).toEqual([
      'keeps nothing: passed',
      'keeps 80 KB: failed',
      'too few cycles: failed',
    ]);
    const [leak = '', few = ''] = results.flatMap(({ failureMessages }) => failureMessages);
    expect(leak).toMatch(/✗ two-steps · program · inline · glibc · 20 cycles/);
    expect(leak).toMatch(/✗ native live +\+7\d\.?\d* KiB\/cycle \[\S+, \S+\] +over 16 KiB/);
    expect(leak).toMatch(/why: native live grows by .* per cycle .*, its budget is 16 KiB/);
    expect(leak).toMatch(/✓ threads +steady/);
    expect(leak).toMatch(/the run: runs\/\d{8}-\d{6}-[0-9a-f]{4}/);
    expect(few).toContain('not decided, and that is no pass');
    expect(few).toMatch(/would decide: about \d+ cycles, this run did 4/);
  });

  it('runs its scenario from the command line by its own config, and the plan says where it is from', () => {
    const config = `import { defineConfig } from 'tidemark';
const cycles: number = 3;
export default defineConfig({ scenarios: ['two-steps'], targets: ['program'], allocators: ['glibc'],
  command: 'node program.mjs', cycles, idleTail: 0, out: 'cli-runs' });`;
    writeFileSync(join(folder, 'tidemark.config.ts'), config);
    const ran = tidemark('run');
    expect(ran.stderr).toContain('1 cell of 3 cycles');
    expect(ran.stdout).toContain('two-steps · program · inline · glibc');
    const runDir = /^(cli-runs\/\S+):/m.exec(ran.stderr)?.[1] ?? '';
    const plan = JSON.parse(readFileSync(join(folder, runDir, 'plan.json'), 'utf8')) as RunPlan;
    expect(plan.plugIns).toEqual([
      { kind: 'scenarios', id: 'two-steps', file: 'scenarios/two-steps.ts' },
    ]);
    rmSync(join(folder, 'tidemark.config.ts'));
  });

  it('lists its plug-ins with their file, and parameters with their defaults', () => {
    const listed = JSON.parse(tidemark('list', '--json').stdout) as Record<
      string,
      { id: string }[]
    >;
    const scenario = (id: string) => listed.scenarios?.find((one) => one.id === id);
    expect(scenario('two-steps')).toEqual({
      id: 'two-steps',
      title: 'two steps of a program',
      description: 'asks the program for two round trips of its own in one cycle',
      from: 'scenarios/two-steps.ts',
      needs: ['step'],
      services: [],
      parameters: {},
    });
    expect(scenario('join-leave')).toMatchObject({ from: null, parameters: { ending: 'leave' } });
    const text = tidemark('list').stdout;
    expect(text).toContain('from scenarios/two-steps.ts');
    expect(text).toMatch(/--param .*ending=leave/);
  });

  it('is given a config and a first scenario that fit it, and keeps what it has', () => {
    const first = tidemark('init');
    expect(first.stdout).toContain('wrote   tidemark.config.ts\nwrote   scenarios/first-call.ts\n');
    expect(first.stdout).toContain('next: npx tidemark run');
    const planned = tidemark('setup', '--target', 'program', '--command', 'node program.mjs');
    expect(planned.stderr).toContain(
      "target program cannot 'join', which scenario first-call needs",
    );
    // The next test compiles it.
    copyFileSync(join(folder, 'tidemark.config.ts'), join(folder, 'written.ts'));
    writeFileSync(join(folder, 'tidemark.config.ts'), '// mine');
    expect(tidemark('init').stdout).toContain('is there already: nothing was written');
    expect(readFileSync(join(folder, 'tidemark.config.ts'), 'utf8')).toBe('// mine');
    rmSync(join(folder, 'tidemark.config.ts'));
  });

  it('has types for config, scenarios, API and matcher, for what init wrote and what is documented', () => {
    const text = readFileSync(join(ROOT, 'docs/authoring.md'), 'utf8');
    const blocks = [...text.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = '']) => code);
    expect(blocks.length).toBeGreaterThanOrEqual(5);
    for (const [i, code] of blocks.entries())
      writeFileSync(join(folder, `documented-${i}.ts`), code);
    const ran = inProject(process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.']);
    expect(`${ran.stdout}${ran.stderr}`).toBe('');
    expect(ran.code).toBe(0);
  });

  it('completes commands, flags and its own plug-ins in bash', () => {
    const { stdout: script } = tidemark('completions', 'bash');
    const complete = (...typed: string[]): string[] => {
      const words = typed.map((word) => `'${word}'`).join(' ');
      const line = `${script}\nCOMP_WORDS=(node_modules/.bin/tidemark ${words}); COMP_CWORD=${typed.length}; _tidemark; echo "\${COMPREPLY[*]}"`;
      return inProject('bash', ['-c', line]).stdout.trim().split(' ');
    };
    const commands = complete('');
    // Every command has an example under its help, and nothing else has.
    expect(commands.toSorted()).toEqual(Object.keys(EXAMPLES).toSorted());
    expect(complete('doc')).toEqual(['doctor']);
    expect(complete('run', '--cyc')).toEqual(['--cycles', '--cycle-timeout']);
    expect(complete('run', '--scenario', 'two')).toEqual(['two-steps']);
    expect(complete('run', '--cycles', '')).toEqual(['']);
    expect(complete('inspect', '--stop', '--w')).toEqual(['--watch']);
    const zsh = tidemark('completions', 'zsh').stdout;
    const fish = tidemark('completions', 'fish').stdout;
    expect(commands.filter((name) => !zsh.includes(`\n    ${name}) _arguments`))).toEqual([]);
    expect(commands.filter((name) => !fish.includes(`-f -a ${name} -d`))).toEqual([]);
    expect(tidemark('completions', 'bsh')).toMatchObject({
      code: 2,
      stderr: "tidemark: no completions for 'bsh' (did you mean 'bash'?)\n",
    });
    expect(tidemark('run', '--help').stdout).toContain('Examples:\n  npx tidemark run ');
  });
});
