import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../lib/_real-parts.ts';
import { type Finished, ledgerOf, tidemark } from './_tidemark.ts';

const PROGRAM = `${process.execPath} ${join(import.meta.dirname, '../fixtures/leaky-program.mjs')}`;
const PLANTED = {
  environment: 'mellow-otter-3391',
  token: 'eyJhbGciOiJIUzI1NiJ9.eyJ2aWRlbyI6e319.c2lnbmF0dXJl',
  password: 'brisk-heron-7714',
  argument: 'quiet-badger-5502',
  url: 'sunny-lynx-8846',
} as const;
const ENVIRONMENT = {
  PLANTED_API_SECRET: PLANTED.environment,
  PLANTED_TOKEN: PLANTED.token,
  PLANTED_DATABASE: `postgres://me:${PLANTED.password}@localhost/calls`,
};
const COMMAND = `${PROGRAM} --api-token ${PLANTED.argument} wss://me:${PLANTED.url}@localhost/rtc`;

/** Where each planted secret can be read. */
const found = (texts: Readonly<Record<string, string>>): string[] =>
  Object.entries(texts).flatMap(([where, text]) =>
    Object.entries(PLANTED).flatMap(([what, secret]) =>
      text.includes(secret) ? [`${what} in ${where}`] : [],
    ),
  );

describe('secrets of a run', () => {
  let run: Finished;
  let files: Record<string, string>;
  beforeAll(async () => {
    const program = ['--scenario', 'program-cycle', '--target', 'program', '--command', COMMAND];
    const short = ['--allocator', 'glibc', '--cycles', '40', '--idle-tail', '0s'];
    run = await tidemark(['run', ...program, ...short], { env: ENVIRONMENT });
    const formats = readdirSync(join(import.meta.dirname, '../../reports'))
      .filter((name) => /^[a-z-]+\.ts$/.test(name))
      .map((name) => name.replace('.ts', ''));
    const again = await tidemark(['report', run.runDir, '--format', ...formats]);
    const json = await tidemark(['analyze', run.runDir, '--json']);
    files = Object.fromEntries(
      readdirSync(run.runDir, { recursive: true, encoding: 'utf8', withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name, parentPath }) => [name, readFileSync(join(parentPath, name), 'utf8')]),
    );
    const printed = {
      stdout: run.stdout,
      stderr: run.stderr,
      again: again.stdout,
      json: json.stdout,
    };
    Object.assign(files, printed);
  });

  it('are in no file and on no screen, though the target prints them and dies with them', () => {
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining([
        'plan.json',
        'ledger.ndjson',
        'report.html',
        'report.md',
        'series.csv',
      ]),
    );
    expect(found(files)).toEqual([]);
  });

  it('were really given to the target and really told by it', async () => {
    const [log = ''] = Object.entries(files).flatMap(([name, text]) =>
      name.endsWith('.log') ? [text] : [],
    );
    expect(log).toContain('secret in pieces ***\n');
    expect(log).toContain(
      'started with --api-token *** wss://***@localhost/rtc, connects to postgres://***@localhost/calls',
    );
    const entries = await ledgerOf(run);
    const said = entries.flatMap((entry) => {
      if (entry.type === 'cell-started') return [entry.facts.launchCommand];
      return entry.type === 'cycle-retried' || entry.type === 'cell-failed' ? [entry.reason] : [];
    });
    expect(said).toEqual([
      'node --inspect=127.0.0.1:0 leaky-program.mjs --api-token *** wss://***@localhost/rtc',
      'the server refused *** of --api-token *** wss://***@localhost/rtc',
      expect.stringContaining('fatal: *** *** postgres://***@localhost/calls --api-token ***'),
    ]);
    expect(JSON.parse(files['plan.json'] ?? '').settings.command).toContain('--api-token ***');
  });

  it('are not told by an error about the command line either', async () => {
    const wrong = await tidemark(['run', '--target', 'program', '--command', `${COMMAND} 'open`]);
    expect(wrong.code).toBe(2);
    expect(found({ stdout: wrong.stdout, stderr: wrong.stderr })).toEqual([]);
  });

  it('are given again to a run that goes on, and to nothing else', async () => {
    const resume = ['run', '--resume', interrupted(run.runDir)];
    const without = await tidemark(resume);
    expect([without.code, without.stderr]).toEqual([
      2,
      expect.stringContaining('give it again in place of the stars: --command'),
    ]);
    const other = await tidemark([...resume, '--command', 'node other.js']);
    expect(other.stderr).toContain('the command given is not that of the run');
    const done = await tidemark([...resume, '--command', COMMAND], { env: ENVIRONMENT });
    expect(done.stderr).toContain('1 of 1 cells are left');
    const runDir = resume[2] ?? '';
    const started = (await ledgerOf({ ...done, runDir })).filter(
      ({ type }) => type === 'cell-started',
    );
    expect(started).toHaveLength(1);
    const written = readdirSync(runDir).map((name) => [
      name,
      readFileSync(join(runDir, name), 'utf8'),
    ]);
    expect(found({ ...Object.fromEntries(written), stderr: done.stderr })).toEqual([]);
    const log = written.find(([name]) => name?.endsWith('.log'))?.[1];
    expect(log).toContain('started with --api-token *** wss://***@localhost/rtc');
  });
});

/** As a run is left that was ended before its first cell was, with few cycles to do. */
function interrupted(runDir: string): string {
  const folder = temporaryFolder();
  const plan = JSON.parse(readFileSync(join(runDir, 'plan.json'), 'utf8'));
  const few = { ...plan, settings: { ...plan.settings, cycles: 2 } };
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(few));
  return folder;
}
