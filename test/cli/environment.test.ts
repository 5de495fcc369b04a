import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configFromEnvironment, VARIABLES } from '../../harness/cli/environment.ts';
import { mergeConfig } from '../../harness/cli/options.ts';

describe('settings', () => {
  it('come from flags before TIDEMARK_* before the file', () => {
    const file = { cycles: 1, out: 'a', stop: 'never' as const, parameters: { a: 1, b: 2 } };
    const env = { TIDEMARK_CYCLES: '2', TIDEMARK_OUT: 'b', TIDEMARK_TARGET: 'rtc-node, program' };
    expect(mergeConfig(file, { cycles: 3, param: ['b=3'] }, env)).toEqual({
      cycles: 3,
      out: 'b',
      stop: 'never',
      targets: ['rtc-node', 'program'],
      parameters: { a: 1, b: 3 },
    });
  });

  it('can all be set by the environment', () => {
    const given = {
      TIDEMARK_SCENARIO: 'a,b',
      TIDEMARK_TARGET: 'c',
      TIDEMARK_EXECUTOR: 'd',
      TIDEMARK_ALLOCATOR: 'e',
      TIDEMARK_CYCLES: '5',
      TIDEMARK_UNTIL_DECIDED: '1',
      TIDEMARK_LADDER: 'true',
      TIDEMARK_REPEATS: '2',
      TIDEMARK_IDLE_TAIL: '3s',
      TIDEMARK_SETTLE_TIMEOUT: '4s',
      TIDEMARK_CYCLE_TIMEOUT: '5s',
      TIDEMARK_MEMORY_LIMIT: '1GiB',
      TIDEMARK_STOP: 'never',
      TIDEMARK_COMMAND: 'node x.js',
      TIDEMARK_REPORTS: 'json,html',
      TIDEMARK_OUT: 'runs',
    };
    expect(Object.keys(given)).toEqual(Object.keys(VARIABLES));
    expect(configFromEnvironment(given)).toEqual({
      scenarios: ['a', 'b'],
      targets: ['c'],
      executors: ['d'],
      allocators: ['e'],
      cycles: 5,
      untilDecided: true,
      ladder: true,
      repeats: 2,
      idleTail: '3s',
      settleTimeout: '4s',
      cycleTimeout: '5s',
      memoryLimit: '1GiB',
      stop: 'never',
      command: 'node x.js',
      reports: ['json', 'html'],
      out: 'runs',
    });
  });

  it('that are empty set nothing, and those that make no sense are named', () => {
    expect(configFromEnvironment({ TIDEMARK_CYCLES: '' })).toEqual({});
    expect(() => configFromEnvironment({ TIDEMARK_CYCLES: 'many' })).toThrow(
      'TIDEMARK_CYCLES=many: cycles:',
    );
    expect(() => configFromEnvironment({ TIDEMARK_UNTIL_DECIDED: 'maybe' })).toThrow(
      'TIDEMARK_UNTIL_DECIDED=maybe: untilDecided:',
    );
    expect(() => configFromEnvironment({ TIDEMARK_STOP: 'often' })).toThrow('TIDEMARK_STOP=often');
  });

  it('of the environment are all in the documentation', () => {
    const text = readFileSync(resolve(import.meta.dirname, '../../docs/authoring.md'), 'utf8');
    const documented = [...text.matchAll(/^\| `(TIDEMARK_\w+)`/gm)].map(([, name]) => name);
    expect(documented).toEqual([...Object.keys(VARIABLES), 'TIDEMARK_CACHE']);
  });
});
