import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { temporaryFolder } from '../lib/_real-parts.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const TIDEMARK = `${process.execPath} ${join(ROOT, 'bin/tidemark.js')}`;
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

interface Step {
  readonly id?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, string>>;
}
interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>>;
}
const WORKFLOWS = readdirSync(join(ROOT, 'docs/ci')).filter((name) => name.endsWith('.yml'));
const ACTION = parse(read('action.yml')) as {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly runs: { readonly steps: readonly Step[] };
};

const stepsOf = (file: string): readonly Step[] =>
  Object.values((parse(read(file)) as Workflow).jobs).flatMap(({ steps }) => steps);

const STEPS: readonly (readonly [string, readonly Step[]])[] = [
  ['action.yml', ACTION.runs.steps],
  ...WORKFLOWS.map((name) => [name, stepsOf(`docs/ci/${name}`)] as const),
];

/** `run --cycles` for each command line of tidemark in a script, and for the `args` of the action. */
function uses(steps: readonly Step[]): string[] {
  return steps.flatMap(({ run = '', with: given }) => {
    const lines = [...run.matchAll(/(?:npx tidemark|\$TIDEMARK) ([^\n|>]+)/g)].map(
      (m) => m[1] ?? '',
    );
    const args = given?.args === undefined ? [] : [`run ${given.args}`];
    return [...lines, ...args].flatMap((line) => {
      const [command = '', ...words] = line.trim().split(/\s+/);
      return [
        command,
        ...words.filter((word) => word.startsWith('--')).map((flag) => `${command} ${flag}`),
      ];
    });
  });
}

const help = (...args: readonly string[]): string =>
  spawnSync(process.execPath, [join(ROOT, 'bin/tidemark.js'), ...args, '--help'], {
    encoding: 'utf8',
  }).stdout;

describe('workflows to copy', () => {
  it.each(STEPS)('%s: its scripts are scripts, and put no expression into one', (_, steps) => {
    const scripts = steps.flatMap(({ run }) => run ?? []);
    expect(scripts.length).toBeGreaterThan(0);
    const wrong = scripts.filter(
      (text) =>
        spawnSync('bash', ['-n'], { input: text }).status !== 0 || text.includes('$' + '{{'),
    );
    expect(wrong).toEqual([]);
  });

  it('name only commands and flags that there are', () => {
    const all = [...new Set(STEPS.flatMap(([, steps]) => uses(steps)))];
    const commands = [...new Set(all.map((use) => use.split(' ')[0] ?? ''))];
    const texts = new Map(commands.map((command) => [command, help(command)]));
    const known = help();
    const missing = all.filter((use) => {
      const [command = '', flag] = use.split(' ');
      if (!new RegExp(`^  ${command}\\b`, 'm').test(known)) return true;
      return (
        flag !== undefined &&
        !new RegExp(`^  ${flag}(?![\\w-])`, 'm').test(texts.get(command) ?? '')
      );
    });
    expect(missing).toEqual([]);
    expect(all).toEqual(expect.arrayContaining(['run --until-decided', 'run --shard', 'merge']));
  });

  it('give the action only inputs that it has', () => {
    const given = WORKFLOWS.flatMap((name) =>
      stepsOf(`docs/ci/${name}`).flatMap((step) =>
        'uses' in step && String(step.uses).includes('/tidemark@')
          ? Object.keys(step.with ?? {})
          : [],
      ),
    );
    expect(given.length).toBeGreaterThan(0);
    expect(given.filter((name) => !(name in ACTION.inputs))).toEqual([]);
  });
});

/** The scripts of the action's steps, run as the runner would run them. */
function runAction(args: string, failOn = 'not-pass') {
  const folder = temporaryFolder();
  const file = (name: string): string => join(folder, name);
  for (const name of ['output', 'summary']) writeFileSync(file(name), '');
  mkdirSync(file('temp'));
  const env = {
    ...process.env,
    TIDEMARK,
    ARGS: args,
    CONFIG: '',
    RUNNER_TEMP: file('temp'),
    GITHUB_RUN_ID: '1',
    GITHUB_OUTPUT: file('output'),
    GITHUB_STEP_SUMMARY: file('summary'),
  };
  const bash = (script: string, more: NodeJS.ProcessEnv = {}) =>
    spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...env, ...more },
    });
  const { steps } = ACTION.runs;
  const ran = bash(steps.find(({ id }) => id === 'run')?.run ?? 'false');
  const outputs = Object.fromEntries(
    readFileSync(file('output'), 'utf8')
      .split('\n')
      .map((line) => line.split('=', 2)),
  );
  const last = bash(steps.at(-1)?.run ?? 'false', { CODE: outputs['exit-code'], FAIL_ON: failOn });
  return { ran, outputs, summary: readFileSync(file('summary'), 'utf8'), code: last.status };
}

describe('the action', () => {
  const program = join(ROOT, 'test/fixtures/program.mjs');

  it('measures, fills summary and annotations, and fails as the run did', () => {
    const done = runAction(
      `--scenario program-cycle --target program --command 'node ${program} die 2' --allocator glibc --cycles 15 --idle-tail 0s`,
    );
    expect(done.ran.status).toBe(0);
    expect(done.outputs['exit-code']).toBe('4');
    expect(done.code).toBe(4);
    expect(done.summary).toMatch(/^## .* tidemark: broken/);
    expect(done.ran.stdout).toMatch(
      /^::error title=program-cycle\/program\/inline\/glibc%3A broken::/m,
    );
    const files = readdirSync(done.outputs.run ?? '');
    const wanted = [
      'ledger.ndjson',
      'report.html',
      'issue.md',
      'junit.xml',
      'series.csv',
      'result.json',
    ];
    expect(wanted.filter((name) => !files.includes(name))).toEqual([]);
  });

  it('passes a usage error on, with no run and nothing to upload', () => {
    const done = runAction('--target nobody-has-this');
    expect([done.ran.status, done.outputs['exit-code'], done.outputs.run]).toEqual([0, '2', '']);
    expect([done.code, runAction('--cycles none', 'breach').code]).toEqual([2, 0]);
  });
});

describe('docker-compose.yml', () => {
  interface Service {
    readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
    readonly healthcheck?: unknown;
    readonly environment?: Readonly<Record<string, string>>;
    readonly volumes?: readonly string[];
  }
  const { services, volumes } = parse(read('docker-compose.yml'), { merge: true }) as {
    readonly services: Readonly<Record<string, Service>>;
    readonly volumes: Readonly<Record<string, unknown>>;
  };

  it('waits only for services that there are, and for health only where it is checked', () => {
    const wrong = Object.entries(services).flatMap(([name, { depends_on: needs = {} }]) =>
      Object.entries(needs).flatMap(([other, { condition }]) =>
        services[other] === undefined ||
        (condition === 'service_healthy' && services[other].healthcheck === undefined)
          ? [`${name} needs ${other}`]
          : [],
      ),
    );
    expect(wrong).toEqual([]);
    expect(Object.keys(services).sort()).toEqual(['coturn', 'livekit', 'redis', 'tidemark']);
    const named = Object.values(services).flatMap(({ volumes: own = [] }) => own);
    const unknown = named.filter(
      (text) => !text.startsWith('./') && !((text.split(':')[0] ?? '') in volumes),
    );
    expect(unknown).toEqual([]);
  });

  it('gives the harness the address and the keys of its own server', () => {
    const server = services.livekit?.environment ?? {};
    const harness = services.tidemark?.environment ?? {};
    const config = parse(server.LIVEKIT_CONFIG ?? '') as {
      readonly port: number;
      readonly redis: { readonly address: string };
      readonly rtc: { readonly turn_servers: readonly { readonly host: string }[] };
    };
    expect(harness.LIVEKIT_URL).toBe(`ws://livekit:${config.port}`);
    expect(server.LIVEKIT_KEYS).toBe(`${harness.LIVEKIT_API_KEY}: ${harness.LIVEKIT_API_SECRET}`);
    // The server warns of shorter ones.
    expect(/:-(.*)\}$/.exec(harness.LIVEKIT_API_SECRET ?? '')?.[1]?.length).toBeGreaterThanOrEqual(
      32,
    );
    const hosts = [
      config.redis.address.split(':')[0],
      ...config.rtc.turn_servers.map(({ host }) => host),
    ];
    expect(hosts.filter((host) => services[host ?? ''] === undefined)).toEqual([]);
  });
});
