import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../harness/contracts/errors.ts';
import { loadConfig } from '../../harness/plan/load-config.ts';
import { loadPlugIns, loadProject, requireTaken } from '../../harness/project.ts';
import { projectRoots } from '../../harness/user-plug-ins.ts';
import { temporaryFolder } from '../lib/_real-parts.ts';

const ROOT = resolve(import.meta.dirname, '../..');

const SCENARIO = (id: string): string => `import { defineScenario } from 'tidemark';
interface Trip { readonly length: number }
const trip: Trip = { length: 1 };
export default defineScenario({
  id: '${id}', title: 'of the project', description: 'one step', services: [], needs: ['step'],
  parameters: { length: trip.length },
  async cycle({ target, cycle }) { await target.step?.(cycle); },
});
`;

/** A project with these files, its path without symbolic links. */
function project(files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(temporaryFolder());
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const load = (cwd: string) => loadPlugIns({ roots: [cwd], cwd });

/** `message (hint)`, as the command line prints it. */
async function errorOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof TidemarkError)) throw new Error(`no TidemarkError but ${error}`);
  expect(error.exitCode).toBe(2);
  expect(error.message).not.toContain('\n');
  return error.hint === undefined ? error.message : `${error.message} (${error.hint})`;
}

describe('plug-ins of a project', () => {
  it('are its files that import from tidemark, in TypeScript and JavaScript, with their helpers', async () => {
    const cwd = project({
      'scenarios/typed.ts': `import './_helper.ts';\n${SCENARIO('typed')}`,
      'scenarios/_helper.ts': 'export const x: number = 1;',
      'scenarios/plain.mjs': SCENARIO('plain').replace(
        /^interface.*\nconst trip: Trip/m,
        'const trip',
      ),
      'scenarios/typed.test.ts': "import 'tidemark'; throw new Error('a test, not a plug-in');",
      'reports/named.ts':
        "const tool = 'tidemark'; throw new Error('names it, imports nothing of it');",
      'services/database.ts': "throw new Error('of the application, not to be run');",
      'probes/faults.ts': `import { defineProbe } from 'tidemark';
export default defineProbe({ id: 'faults', title: 'page faults', cost: 'cheap', metrics: ['info.faults'],
  supports: () => true, sample: async () => ({ values: {} }) });`,
    });
    const { registry, userPlugIns } = await load(cwd);
    expect(userPlugIns.map(({ kind, id, file }) => ({ kind, id, file }))).toEqual([
      { kind: 'scenarios', id: 'plain', file: 'scenarios/plain.mjs' },
      { kind: 'scenarios', id: 'typed', file: 'scenarios/typed.ts' },
      { kind: 'probes', id: 'faults', file: 'probes/faults.ts' },
    ]);
    expect(registry.scenarios.get('typed')?.parameters).toEqual({ length: 1 });
    expect(registry.scenarios.has('join-leave')).toBe(true);
    expect(registry.services.has('database')).toBe(false);
  });

  it('lie beside the config file, or where the command is given, never among the sources of tidemark', () => {
    const cwd = project({ 'ci/soak.json': '{}' });
    expect(projectRoots(undefined, cwd)).toEqual([cwd]);
    expect(projectRoots(join(cwd, 'ci/soak.json'), cwd)).toEqual([join(cwd, 'ci'), cwd]);
    expect(projectRoots(undefined, ROOT)).toEqual([]);
    expect(projectRoots(join(cwd, 'ci/soak.json'), ROOT)).toEqual([join(cwd, 'ci')]);
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'one that throws at load',
      { 'scenarios/bad.ts': "import 'tidemark';\nthrow new Error('no such thing');" },
      'scenarios/bad.ts cannot be loaded: no such thing',
    ],
    [
      'one that does not parse',
      { 'scenarios/bad.ts': "import 'tidemark';\nexport default {" },
      'scenarios/bad.ts cannot be loaded: ParseError: Unexpected token scenarios/bad.ts:2:16',
    ],
    [
      'one that imports what is not there',
      { 'scenarios/bad.ts': "import 'tidemark';\nimport './gone.ts';" },
      "scenarios/bad.ts cannot be loaded: Cannot find module './gone.ts'",
    ],
    [
      'one without a default export',
      { 'targets/bad.ts': "import 'tidemark';\nexport const a = 1;" },
      "targets/bad.ts: no default export (export default defineTarget({ id: 'bad', ... }))",
    ],
    [
      'one with another id',
      { 'scenarios/bad.ts': SCENARIO('good') },
      "scenarios/bad.ts: its id is 'good' (the file name is the id: write id: 'bad', or rename the file)",
    ],
    [
      'one whose name is no id',
      { 'scenarios/My_Own.ts': SCENARIO('My_Own') },
      "scenarios/My_Own.ts: 'My_Own' is no id (name the file in lower case, words joined by -)",
    ],
    [
      'one that lacks what will be called',
      {
        'scenarios/bad.ts': `import 'tidemark';\nexport default { id: 'bad', title: 'x', description: '', services: [], needs: [] };`,
      },
      "scenarios/bad.ts: 'cycle' is missing (a scenario needs cycle: a function)",
    ],
    [
      'one that is called like one of tidemark',
      { 'scenarios/join-leave.ts': SCENARIO('join-leave') },
      "two scenarios are called 'join-leave': scenarios/join-leave.ts and tidemark's own scenarios/join-leave.ts (rename one of them, file and id)",
    ],
    [
      'two of one name',
      { 'scenarios/twice.ts': SCENARIO('twice'), 'scenarios/twice.mts': SCENARIO('twice') },
      "two scenarios are called 'twice': scenarios/twice.mts and scenarios/twice.ts (rename one of them, file and id)",
    ],
  ])('%s is a line that names the file', async (_, files, says) => {
    expect(await errorOf(load(project(files)))).toBe(says);
  });

  it('that was asked for and imports nothing from tidemark is named', async () => {
    const cwd = project({ 'scenarios/plain.js': 'export default { id: "plain" };' });
    const loaded = await loadProject({ cwd });
    expect(() => requireTaken({ scenarios: ['plain'] }, loaded)).toThrow(
      "scenarios/plain.js imports nothing from 'tidemark', so it is not taken for a plug-in",
    );
    expect(() => requireTaken({ scenarios: ['join-leave'] }, loaded)).not.toThrow();
  });
});

describe('a config in TypeScript', () => {
  it('is found by itself, before its twins', async () => {
    const cwd = project({
      'tidemark.config.ts': `import { defineConfig } from 'tidemark';
const cycles: number = 7;
export default defineConfig({ cycles });`,
      'tidemark.config.json': '{ "cycles": 8 }',
    });
    expect(await loadConfig(undefined, cwd)).toEqual({ cycles: 7 });
  });

  it.each([
    [
      'without a default export',
      'export const cycles = 7;',
      'cannot be read: it has no default export; write export default defineConfig({ ... })',
    ],
    ['that throws', "throw new Error('no disk');", 'cannot be read: no disk'],
    ['with a typo', 'export default { cyles: 7 };', "unknown key 'cyles' (did you mean 'cycles'?)"],
  ])('%s is one line', async (_, text, says) => {
    const cwd = project({ 'tidemark.config.ts': text });
    expect(await errorOf(loadConfig(undefined, cwd))).toContain(says);
  });
});
