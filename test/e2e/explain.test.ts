import { readdirSync, readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CellExplanation } from '../../harness/contracts/explain.ts';
import { type Finished, resultOf, tidemark } from './_tidemark.ts';

const PLANTED = resolve(import.meta.dirname, '../fixtures/planted.mjs');
const short = ['--cycles', '25', '--idle-tail', '0s', '--allocator', 'glibc'];
const program = (mode: string): string[] => {
  const command = `${process.execPath} ${PLANTED} ${mode}`;
  return [
    'run',
    '--scenario',
    'program-cycle',
    '--target',
    'program',
    '--command',
    command,
    ...short,
  ];
};
const explanations = (run: Finished): readonly CellExplanation[] =>
  resultOf(run).explanations ?? [];

/** Every file of the explain run, but the logs. */
const explainFiles = (run: Finished): string[] =>
  readdirSync(join(run.runDir, 'explain'), { recursive: true, encoding: 'utf8' }).filter(
    (name) => !name.endsWith('.log'),
  );

describe('a program that leaks buffers', () => {
  let run: Finished;
  beforeAll(async () => {
    run = await tidemark([...program('growing buffers'), '--explain']);
  }, 300_000);

  it('is told with the object that keeps them, in the terminal and in every report', () => {
    expect(run.code).toBe(1);
    const [explained] = explanations(run);
    expect(explained?.failure).toBeNull();
    expect(explained?.suspect).toMatch(
      /^1 Buffer per cycle, 19\.\d KiB, kept by Recorder\.chunks -> Array \[\] => Buffer$/,
    );
    expect(run.stdout.replace(/\s+/g, ' ')).toContain(
      'kept by Recorder.chunks -> Array [] => Buffer',
    );
    const report = (name: string): string => readFileSync(join(run.runDir, name), 'utf8');
    expect(report('report.md')).toContain('\nRecorder.chunks -> Array [] => Buffer\n');
    expect(report('report.html')).toContain('Recorder.chunks -&gt; Array [] =&gt; Buffer');
  });

  it('is told with the size of the malloc chunks, and with where they are allocated', () => {
    const [explained] = explanations(run);
    const from = (id: string) => explained?.findings.filter(({ explainer }) => explainer === id);
    expect(from('size-classes')?.[0]?.says).toMatch(/20,\d{3} B x 1\.00/);
    expect(from('thread-names')).toEqual([]);
    expect(explained?.explainers.flatMap(({ problems }) => problems)).toEqual([]);
  });

  it('leaves no snapshot behind, and findings that only their owner can read', () => {
    expect(explainFiles(run).filter((name) => name.includes('snapshot'))).toEqual([]);
    const mode = statSync(join(run.runDir, 'explain/findings.json')).mode;
    expect(mode & 0o777).toBe(0o600);
    expect(run.orphans).toEqual([]);
  });
});

describe('a connection that is refused, with rtc-node', () => {
  let run: Finished;
  let ends: Finished[];
  beforeAll(async () => {
    const targets = ['--target', 'rtc-node@0.13.25', '--target', 'rtc-node@0.13.26'];
    const cycles = ['--cycles', '3', '--idle-tail', '0s', '--allocator', 'glibc'];
    run = await tidemark(['run', ...targets, ...cycles, '--param', 'ending=connect-refused']);
    const explain = ['explain', run.runDir, '--keep-snapshots', '--redact', '--cell'];
    ends = [await tidemark([...explain, '0.13.25']), await tidemark([...explain, '0.13.26'])];
  }, 600_000);

  it('names the listener that keeps a Room, and what keeps the listener', () => {
    const leaky = explanations(run).find(({ cell }) => cell.target.version === '0.13.25');
    const [first] = leaky?.findings ?? [];
    expect(first).toMatchObject({
      explainer: 'growing-objects',
      state: 'growing',
      countPerCycle: 1,
      trace: [
        expect.stringMatching(
          /^FfiClient\._events -> ffi_event -> Array \[\] => \(anonymous\)\(\)@room\.c?js:\d+:\d+$/,
        ),
      ],
    });
    expect(first?.details).toContainEqual({ label: 'nearest classes', text: 'Room' });
    expect(first?.bytesPerCycle).toBeGreaterThan(4000);
    const growing = leaky?.findings.filter(
      ({ explainer, state }) => explainer === 'growing-objects' && state !== 'bounded so far',
    );
    expect(growing).toHaveLength(1);
    const says = leaky?.findings.map((finding) => finding.says);
    expect(says).toContain("1 listeners for '…' on FfiClient per cycle");
  });

  it('finds nothing that grows in the version that is fixed', () => {
    const fixed = explanations(run).find(({ cell }) => cell.target.version === '0.13.26');
    expect(fixed?.suspect).toBeNull();
    expect(fixed?.explainers.flatMap(({ problems }) => problems)).toEqual([]);
    expect(fixed?.failure).toBeNull();
    expect(ends.map(({ code }) => code)).toEqual([0, 0]);
  });

  it('keeps compressed snapshots, six a cell, for their owner alone', () => {
    const kept = explainFiles(run).filter((name) => name.endsWith('.heapsnapshot.gz'));
    expect(kept).toHaveLength(12);
    const modes = kept.map((name) => statSync(join(run.runDir, 'explain', name)).mode & 0o777);
    expect(new Set(modes)).toEqual(new Set([0o600]));
  });

  it('writes no path of this machine and no host name into the findings', () => {
    const text = readFileSync(join(run.runDir, 'explain/findings.json'), 'utf8');
    const secrets = [hostname(), process.cwd(), '/node_modules/', '/.cache/'].filter(
      (secret) => secret.length > 4,
    );
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  });
});

describe('an explain run of a program that dies in cycle 31', () => {
  let run: Finished;
  beforeAll(async () => {
    const fixture = resolve(import.meta.dirname, '../fixtures/program.mjs');
    const command = `${process.execPath} ${fixture} die 31`;
    const scenario = ['--scenario', 'program-cycle', '--target', 'program', '--command', command];
    const cycles = ['--cycles', '3', '--idle-tail', '0s', '--allocator', 'glibc'];
    run = await tidemark(['run', ...scenario, ...cycles]);
  }, 120_000);

  it('says before it starts that nothing leaks, and how to choose a cell', async () => {
    const none = await tidemark(['explain', run.runDir]);
    expect([none.code, none.stderr]).toEqual([
      2,
      expect.stringContaining('no cell of this run leaks: there is nothing to explain (choose one'),
    ]);
    const unknown = await tidemark(['explain', run.runDir, '--cell', 'nothing']);
    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      expect.stringContaining("no cell of this run is called 'nothing' (there are: program-cycle/"),
    ]);
  }, 60_000);

  it('tells why it ended and what could not be looked at', async () => {
    const explained = await tidemark(['explain', run.runDir, '--cell', 'program']);
    expect(explained.code).toBe(4);
    const [found] = explanations(run);
    expect(found?.failure).toMatch(/^target-died in cycle 31: .*exited with code 7/);
    const objects = found?.explainers.find(({ id }) => id === 'growing-objects');
    expect(objects?.problems).toEqual([
      '2 usable snapshots are too few to compare; 3 are needed, the last among them',
    ]);
  }, 120_000);
});
