import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { describeMetric } from '../../harness/contracts/measurement.ts';
import type { PlugIn, ProbeContext } from '../../harness/contracts/plugins.ts';
import {
  loadPlugIns,
  loadRegistry,
  PLUGIN_FOLDERS,
  type PlugInKind,
} from '../../harness/registry.ts';

const registry = await loadRegistry();
const KINDS = Object.keys(PLUGIN_FOLDERS) as PlugInKind[];

describe.each(KINDS)('every plug-in of %s', (kind) => {
  const plugIns: [string, PlugIn][] = [...registry[kind]];

  it('exists', () => {
    expect(plugIns.length).toBeGreaterThan(0);
  });

  it.each(plugIns)('%s has its file name as id and a title for people', (id, plugIn) => {
    expect(plugIn.id).toBe(id);
    expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(plugIn.title.length).toBeGreaterThan(3);
  });
});

/** A target whose process has ended and that has no managed runtime. */
const GONE: ProbeContext = {
  processes: [{ pid: 2 ** 22 + 1, role: 'job' }],
  runtimes: [],
  allocator: 'glibc',
  stop: 'never',
  memo: (_key, make) => make(),
};

describe('contracts by kind', () => {
  it.each([...registry.scenarios])(
    'scenario %s lists services and capabilities that exist',
    (_, scenario) => {
      const offered = [...registry.targets.values()].flatMap((target) => target.capabilities);
      expect(scenario.services.filter((service) => !registry.services.has(service))).toEqual([]);
      const needs = [...scenario.needs, ...(scenario.needsOneOf ?? []).flat()];
      expect(needs.filter((need) => !offered.includes(need))).toEqual([]);
      expect(scenario.description.length).toBeGreaterThan(10);
      expect(scenario.cycle).toBeTypeOf('function');
    },
  );

  it.each([...registry.scenarios].filter(([, { ladder }]) => ladder !== undefined))(
    'scenario %s has the parameter of its ladder, and each step once',
    (_, { ladder, parameters }) => {
      expect(Object.keys(parameters ?? {})).toContain(ladder?.parameter);
      expect(ladder?.steps).toContain(parameters?.[ladder?.parameter ?? '']);
      expect(new Set(ladder?.steps).size).toBe(ladder?.steps.length);
    },
  );

  it.each([...registry.targets])(
    'target %s names executors and allocators that exist',
    (_, target) => {
      expect(target.executors.filter((executor) => !registry.executors.has(executor))).toEqual([]);
      const allocators = target.allocators === 'any' ? [] : target.allocators;
      expect(allocators.filter((allocator) => !registry.allocators.has(allocator))).toEqual([]);
      expect(target.capabilities.length).toBeGreaterThan(0);
    },
  );

  it.each([...registry.probes])('probe %s describes every metric with a unit', (_, probe) => {
    expect(probe.metrics.length).toBeGreaterThan(0);
    for (const metric of probe.metrics) {
      expect(describeMetric(metric.replace('*', 'x')).unit).toMatch(/^(bytes|count|ms)$/);
    }
  });

  it.each([...registry.probes].filter(([, probe]) => probe.supports(GONE)))(
    'probe %s answers for a process that is gone with an error, not a value of zero',
    async (_, probe) => {
      const answer = await probe.sample(GONE).then(
        (reading) => reading.error ?? 'no error',
        (error: unknown) => (error instanceof Error ? error.message : 'no message'),
      );
      expect(answer).not.toBe('no error');
      expect(answer.length).toBeGreaterThan(5);
    },
  );

  it.each([...registry.allocators])(
    'allocator %s refuses to vouch for a process that is gone',
    async (_, allocator) => {
      await expect(allocator.prove(2 ** 22 + 1)).rejects.toThrow();
    },
  );
});

describe('every explainer', () => {
  it.each([...registry.explainers])(
    '%s says what it costs, and looks at a program that is gone without end',
    async (_, explainer) => {
      expect(explainer.cost.length).toBeGreaterThan(10);
      const context = {
        ...GONE,
        cellDir: mkdtempSync(join(tmpdir(), 'tidemark-explainer-')),
        scenario: 'none',
        memoryLimitBytes: 1024 ** 3,
        keepSnapshots: false,
        redact: false,
        secondOpinion: false,
        say: () => undefined,
      };
      onTestFinished(() => rmSync(context.cellDir, { recursive: true, force: true }));
      const work = await explainer.start(context);
      const looking = work.look({
        cycle: 1,
        kind: 'block',
        processes: GONE.processes,
        runtimes: [],
      });
      const problem = await looking.then(
        () => '',
        (error: unknown) => (error instanceof Error ? error.message : 'no message'),
      );
      expect(problem).not.toBe('no message');
      expect((await work.conclude()).findings).toEqual([]);
    },
  );
});

describe('the registry', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-plug-ins-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('finds a plug-in that is only a new file', async () => {
    writeFileSync(
      join(folder, 'my-own.ts'),
      "export default { id: 'my-own', title: 'one file' };\n",
    );
    writeFileSync(join(folder, '_private.ts'), 'export const helper = 1;\n');
    const found = await loadPlugIns<PlugIn>(folder);
    expect([...found]).toEqual([['my-own', { id: 'my-own', title: 'one file' }]]);
  });

  it('refuses a file whose id is another', async () => {
    writeFileSync(
      join(folder, 'other.ts'),
      "export default { id: 'not-other', title: 'wrong' };\n",
    );
    await expect(loadPlugIns(folder)).rejects.toThrow(
      "must have a default export with id 'other', it has 'not-other'",
    );
  });
});
