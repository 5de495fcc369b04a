import { describe, expect, it } from 'vitest';
import type { ExplainFinding } from '../../harness/contracts/explain.ts';
import type { Explainer } from '../../harness/contracts/explainers.ts';
import type { V8Runtime } from '../../harness/contracts/runtimes.ts';
import { explainersAtWork } from '../../harness/explain/explainers-at-work.ts';
import { nameSuspect, sortFindings } from '../../harness/explain/name-suspect.ts';
import { redactFinding } from '../../harness/explain/redact-finding.ts';
import { lookSchedule, readExplainCycles } from '../../harness/explain/schedule.ts';
import { keyCounts } from '../../harness/explainers/_growing-keys.ts';
import { refuseSnapshot } from '../../harness/explainers/_take-snapshot.ts';
import { contextFor } from '../heap/_planted.ts';

const finding = (more: Partial<ExplainFinding>): ExplainFinding => ({
  explainer: 'test',
  state: 'growing',
  says: 'one thing grows',
  countPerCycle: 1,
  bytesPerCycle: null,
  trace: [],
  details: [],
  ...more,
});

const explainer = (id: string, perturbs: boolean, look: () => void): Explainer => ({
  id,
  title: `explainer ${id}`,
  cost: 'nothing',
  perturbs,
  supports: () => true,
  start: async () => ({
    look: async () => look(),
    conclude: async () => ({ findings: [finding({ explainer: id })], problems: [] }),
  }),
});

describe('explainers at work', () => {
  it('look in the order of what they do to the program, and one that fails stops nobody', async () => {
    const order: string[] = [];
    const work = explainersAtWork([
      explainer('costly', true, () => void order.push('costly')),
      explainer('broken', false, () => {
        throw new Error('it cannot be read');
      }),
      explainer('cheap', false, () => void order.push('cheap')),
    ]);
    await work.start(contextFor('nowhere', []));
    await work.look({ cycle: 20, kind: 'block', processes: [], runtimes: [] });
    const { findings, outcomes } = await work.conclude();
    expect(order).toEqual(['cheap', 'costly']);
    expect(findings.map((one) => one.explainer)).toEqual(['broken', 'cheap', 'costly']);
    expect(outcomes.map(({ id, problems }) => [id, problems])).toEqual([
      ['broken', ['after cycle 20: it cannot be read']],
      ['cheap', []],
      ['costly', []],
    ]);
  });
});

describe('the suspect', () => {
  it('is what certainly grows, with its path, by bytes; never a hint and never what stopped', () => {
    const sorted = sortFindings([
      finding({ state: 'hint', says: 'a hint', bytesPerCycle: 1e9 }),
      finding({ says: 'without a path', bytesPerCycle: 1e6 }),
      finding({ says: 'small', trace: ['a -> b'], bytesPerCycle: 10 }),
      finding({ says: 'large', trace: ['a -> c'], bytesPerCycle: 1000 }),
      finding({ state: 'bounded so far', says: 'a cache', trace: ['a -> d'], bytesPerCycle: 1e7 }),
    ]);
    expect(sorted.map(({ says }) => says)).toEqual([
      'large',
      'small',
      'without a path',
      'a hint',
      'a cache',
    ]);
    expect(nameSuspect(sorted)).toBe('large');
    expect(nameSuspect(sorted.slice(3))).toBeNull();
  });
});

describe('what only the engine keeps', () => {
  it('is told after what a program keeps, however large, and before what has no path', () => {
    const trace = ['a -> b'];
    const engine = finding({ says: 'a pending read', trace, bytesPerCycle: 1e6, isOfEngine: true });
    const room = finding({ says: 'a room', trace, bytesPerCycle: 10 });
    const bare = finding({ says: 'a count' });
    expect(sortFindings([bare, engine, room])).toEqual([room, engine, bare]);
    expect(nameSuspect([engine, bare])).toBe('a pending read');
  });
});

describe('the looks of an explain run', () => {
  const cycles = (total?: number): string[] =>
    lookSchedule(total).map(({ cycle, kind }) => `${kind} ${cycle}`);
  it('come after a warm-up, at the ends of four blocks, and after one of double length', () => {
    expect(cycles()).toEqual([
      'start 20',
      'block 20',
      'block 30',
      'block 40',
      'block 50',
      'block 60',
      'confirm 80',
    ]);
    expect(cycles(21)).toEqual([
      'start 9',
      'block 9',
      'block 11',
      'block 13',
      'block 15',
      'block 17',
      'confirm 21',
    ]);
  });

  it.each(['15', '0', '-3', '1.5', 'many', '', '10001'])('are refused for --cycles %s', (text) => {
    expect(() => readExplainCycles(text)).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: `--cycles ${text}: explain takes 16 to 10000 cycles`,
      }),
    );
  });

  it('are planned for as many cycles as were asked for, or 80', () => {
    expect([readExplainCycles('16'), readExplainCycles(undefined)]).toEqual([16, 80]);
  });
});

describe('a finding that is redacted', () => {
  it('keeps names of classes, functions and files, and loses strings, ids, addresses and folders', () => {
    const redacted = redactFinding(
      finding({
        says: "1 Room per cycle, kept by FfiClient._events -> 'lobby of ada' => onEvent()@room.cjs:81:23",
        trace: [
          '/home/someone/app/src/room.ts:3',
          'wss://call.example:443/rtc?token=x',
          'PA_x8Kd2mQpLr',
        ],
        details: [{ label: 'owner', text: 'tcp socket to 10.1.2.3:7880' }],
      }),
    );
    expect(redacted.says).toBe(
      "1 Room per cycle, kept by FfiClient._events -> '…' => onEvent()@room.cjs:81:23",
    );
    expect(redacted.trace).toEqual(['room.ts:3', '(address)', '(id)']);
    expect(redacted.details).toEqual([{ label: 'owner', text: 'tcp socket to (address)' }]);
  });
});

describe('a snapshot larger than memory allows', () => {
  it('is refused with a sentence that says how much there is', async () => {
    const heapUsage = async () => ({ usedBytes: 300 * 1024 ** 2, totalBytes: 0 });
    const runtime = { kind: 'v8', pid: process.pid, heapUsage } as unknown as V8Runtime;
    await expect(refuseSnapshot(runtime, 1024 ** 3)).rejects.toThrow(
      /^no heap snapshot of 300 MiB was taken: it can take 2.93 GiB of memory, and there are .* MiB/,
    );
    await expect(
      refuseSnapshot(
        { ...runtime, heapUsage: async () => ({ usedBytes: 1, totalBytes: 1 }) },
        1024 ** 4,
      ),
    ).resolves.toBeUndefined();
  });
});

describe('counts by name', () => {
  it('grow when they do so in every block, and what begins to grow late does not', () => {
    const counts = keyCounts();
    for (const cycle of [20, 30, 40, 50, 60, 80]) {
      const kind = cycle === 80 ? 'confirm' : 'block';
      const late = Math.max(0, cycle - 40);
      counts.add(
        { cycle, kind },
        new Map([
          ['capture', cycle],
          ['pool', 4],
          ['late', late],
        ]),
      );
    }
    expect(counts.growing()).toEqual([{ key: 'capture', state: 'growing', countPerCycle: 1 }]);
  });
});
