import { describe, expect, it } from 'vitest';
import openmetrics from '../../reports/openmetrics.ts';
import { everything, HOSTILE, hostileResult, leaking, plain, resultOf } from './_results.ts';

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`);
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y;

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const [, name = '', value = ''] = LABEL.exec(text) ?? [];
    if (name === '' || name in labels) throw new Error(`bad labels: ${text}`);
    labels[name] = value.replace(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign));
  }
  return labels;
}

/** The rules of the OpenMetrics text format, as far as they are about gauges without time stamps. */
function read(text: string): Sample[] {
  expect(text.endsWith('\n# EOF\n')).toBe(true);
  const lines = text.split('\n').slice(0, -2);
  const families = lines.flatMap((line) => /^# TYPE (\S+) gauge$/.exec(line)?.[1] ?? []);
  expect(new Set(families).size).toBe(families.length);
  let family = '';
  const samples = lines.flatMap((line): Sample[] => {
    const [, word, named = ''] = /^# (TYPE|HELP) (\S+) \S.*$/.exec(line) ?? [];
    if (word === 'TYPE') family = named;
    if (word !== undefined) expect([line, named]).toEqual([line, family]);
    return word === undefined ? [readSample(line, family)] : [];
  });
  const keys = samples.map(({ name, labels }) => JSON.stringify([name, Object.entries(labels)]));
  expect(new Set(keys).size).toBe(keys.length);
  return samples;
}

function readSample(line: string, family: string): Sample {
  const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
  expect([line, name, Number.isFinite(Number(value))]).toEqual([line, family, true]);
  return { name, labels: readLabels(labels), value: Number(value) };
}

describe('openmetrics', () => {
  it('is a file that a textfile collector reads, by the rules of the format', () => {
    const samples = read(openmetrics.render(everything(), plain));
    expect(openmetrics.fileName).toMatch(/\.prom$/);
    const leak = { target: 'demo@1.0.0', scenario: 'join-leave', executor: 'inline', repeat: '1' };
    const find = (name: string, labels: Record<string, string>) =>
      samples.filter(
        (sample) =>
          sample.name === name &&
          Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
      );
    const live = { ...leak, metric: 'native.live' };
    expect(find('tidemark_growth_per_cycle_bytes', live)[0]?.value).toBeCloseTo(400 * 1024, 0);
    expect(find('tidemark_growth_per_cycle_budget_bytes', live)[0]?.value).toBe(16 * 1024);
    expect(find('tidemark_growth_per_cycle_count', { metric: 'threads.capture' })).toHaveLength(1);
    expect(find('tidemark_run_exit_code', {})).toEqual([
      { name: 'tidemark_run_exit_code', labels: {}, value: 1 },
    ]);
    const verdicts = find('tidemark_cell_verdict', leak).filter(({ value }) => value === 1);
    expect(verdicts.map(({ labels }) => labels.verdict)).toEqual(['fail']);
  });

  it('tells repeats apart', () => {
    const twice = resultOf([leaking, { ...leaking, cell: { repeat: 2 } }]);
    const repeats = read(openmetrics.render(twice, plain))
      .filter(({ name }) => name === 'tidemark_cell_cycles')
      .map(({ labels }) => labels.repeat);
    expect(repeats).toEqual(['1', '2']);
  });

  it.each(Object.entries(HOSTILE))('stays readable with a name that is hostile: %s', (_, name) => {
    const samples = read(openmetrics.render(hostileResult(name), plain));
    expect(samples.length).toBeGreaterThan(10);
  });
});
