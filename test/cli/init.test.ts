import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planInit } from '../../harness/cli/init-files.ts';
import { lookAtProject } from '../../harness/cli/look-at-project.ts';
import { loadConfig } from '../../harness/plan/load-config.ts';
import { loadPlugIns } from '../../harness/project.ts';
import { loadRegistry } from '../../harness/registry.ts';
import { temporaryFolder } from '../lib/_real-parts.ts';

const { targets: TARGETS } = await loadRegistry();

const PYTHON = `from livekit import agents
server = agents.WorkerOptions(entrypoint_fnc=entry, agent_name="it's me")
if __name__ == "__main__":
    agents.cli.run_app(server)
`;
const NODE =
  "import { cli } from '@livekit/agents';\ncli.runApp(new ServerOptions({ agent: 'x' }));\n";

function write(folder: string, files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const manifest = (dependencies: Readonly<Record<string, string>>): string =>
  JSON.stringify({ dependencies });

/** Writes what init would write, and loads it as a run would. */
async function initiated(files: Readonly<Record<string, string>>) {
  const cwd = write(temporaryFolder(), files);
  const plan = planInit(lookAtProject(cwd), TARGETS);
  write(cwd, Object.fromEntries(plan.files.map(({ path, text }) => [path, text])));
  const { userPlugIns } = await loadPlugIns({ roots: [cwd], cwd });
  return {
    because: plan.because,
    paths: plan.files.map(({ path }) => path),
    config: await loadConfig(undefined, cwd),
    scenario: userPlugIns.find(({ kind }) => kind === 'scenarios')?.plugIn,
  };
}

describe('what init writes', () => {
  it('for nothing of LiveKit is a call of the Node SDK, in JavaScript', async () => {
    const { because, paths, config, scenario } = await initiated({ 'README.md': '' });
    expect(because).toBe('nothing of LiveKit was found here: the LiveKit Node SDK stands in');
    expect(paths).toEqual(['tidemark.config.mjs', 'scenarios/first-call.mjs']);
    expect(config).toMatchObject({
      scenarios: ['first-call'],
      targets: ['rtc-node'],
      allocators: ['glibc'],
    });
    expect(config.command).toBeUndefined();
    expect(scenario).toMatchObject({ id: 'first-call', needs: ['join'] });
  });

  it('for a project with an SDK is its installed version, in TypeScript where that is written', async () => {
    const { because, paths, config } = await initiated({
      'package.json': manifest({ '@livekit/rtc-node': '^0.13.0', typescript: '5' }),
      'node_modules/@livekit/rtc-node/package.json': '{ "version": "0.13.26" }',
    });
    expect(because).toBe('package.json has @livekit/rtc-node 0.13.26');
    expect(paths).toEqual(['tidemark.config.ts', 'scenarios/first-call.ts']);
    expect(config.targets).toEqual(['rtc-node@0.13.26']);
  });

  it('for an SDK that is not installed is the version its package.json begins with', async () => {
    const { config } = await initiated({
      'package.json': manifest({ 'livekit-client': '^2.22.0' }),
    });
    expect(config).toMatchObject({
      targets: ['livekit-client@2.22.0'],
      allocators: ['partition-alloc'],
    });
  });

  it('for an agent in Python is its command in its own environment, and its name', async () => {
    const { because, config, scenario } = await initiated({
      'src/agent.py': PYTHON.replace("it's me", 'helper'),
      '.venv/bin/python': '',
      'venv/lib/other.py': PYTHON,
      'src/tools.py': 'from livekit import agents\n',
    });
    expect(because).toBe('src/agent.py is a LiveKit agent named helper');
    expect(config).toMatchObject({
      targets: ['agent-worker'],
      command: '.venv/bin/python src/agent.py start',
    });
    expect(scenario).toMatchObject({
      id: 'first-job',
      needs: ['job'],
      parameters: { agent: 'helper' },
    });
  });

  it('for an agent in TypeScript is the built file', async () => {
    const files = {
      'package.json': manifest({ '@livekit/agents': '1.0.0' }),
      'src/agent.ts': NODE,
    };
    expect((await initiated(files)).config.command).toBe('node dist/agent.js start');
    const built = await initiated({ ...files, 'build/agent.js': '' });
    expect(built.config.command).toBe('node build/agent.js start');
    expect(built.scenario).toMatchObject({ parameters: { agent: '' } });
  });

  it('is valid whatever a name holds', async () => {
    const { scenario } = await initiated({ 'agent.py': PYTHON });
    expect(scenario).toMatchObject({ parameters: { agent: "it's me" } });
  });

  it('survives manifests and folders that make no sense', async () => {
    const cwd = write(temporaryFolder(), {
      'package.json': '{ "dependencies": ',
      'a/b/c/agent.py': PYTHON,
    });
    expect(lookAtProject(cwd)).toMatchObject({ packages: {}, agent: undefined, config: undefined });
    expect(readdirSync(cwd)).toEqual(['a', 'package.json']);
    expect(readFileSync(join(cwd, 'package.json'), 'utf8')).toBe('{ "dependencies": ');
  });
});
