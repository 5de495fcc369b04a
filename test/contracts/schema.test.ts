import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { jsonSchemas } from '../../harness/contracts/json-schemas.ts';
import { checkConfig } from '../../harness/plan/load-config.ts';
import json from '../../reports/json.ts';
import { died, everything, leaking, open, plain, resultOf } from '../reports/_results.ts';

const root = join(import.meta.dirname, '../..');
const published = (name: string) =>
  JSON.parse(readFileSync(join(root, 'docs/schema', name), 'utf8')) as object;
const formats = { uri: true, date: /^\d{4}-\d{2}-\d{2}$/ } as const;
const ajv = new Ajv2020({
  allErrors: true,
  strict: true,
  strictTuples: false,
  allowUnionTypes: true,
  formats,
});

function errorsOf(kind: 'config' | 'result', value: unknown): string[] {
  const validate = ajv.getSchema(kind) ?? ajv.compile({ ...published(`${kind}.json`), $id: kind });
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

describe('the published schema', () => {
  it.each(Object.entries(jsonSchemas()))(
    '%s is current (update: npx vitest run test/contracts/schema.test.ts -u)',
    async (name, schema) => {
      const file = join(root, 'docs/schema', name);
      await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot(file);
    },
  );

  it('of results holds for result.json, whatever a run came to', () => {
    const repeated = resultOf([leaking, { ...leaking, cell: { repeat: 2 } }, died, open]);
    for (const result of [everything(), repeated]) {
      expect(errorsOf('result', JSON.parse(json.render(result, plain)))).toEqual([]);
    }
  });

  it('of results takes a field more, and none less or of another kind', () => {
    const result = JSON.parse(json.render(everything(), plain)) as Record<string, unknown>;
    expect(errorsOf('result', { ...result, added: 1 })).toEqual([]);
    const { verdict: _, ...without } = result;
    expect(errorsOf('result', without)).toEqual([" must have required property 'verdict'"]);
    expect(errorsOf('result', { ...result, exitCode: 'none' })).toEqual([
      '/exitCode must be number',
    ]);
  });

  it('of configs says yes and no to what tidemark does', () => {
    const suite = JSON.parse(readFileSync(join(root, 'scenarios/suites/pair.json'), 'utf8'));
    const gate = parseYaml(`
      $schema: https://example.com/config.json
      cycles: 60
      against: tidemark-baseline.json
      memoryLimit: 2gib
      budgets:
        native.live: [error, { max: 16KiB/cycle, peak: 200MiB, confidence: 0.99 }]
        threads.total: [warn, { peak: 40 }]
      overrides:
        - { target: rtc-node@1.1.0, budgets: { native.live: ['off', {}] } }
      suppressions:
        - fingerprint: 0a1b2c3d4e5f
          reason: known
          issue: https://example.com/1
          expires: '2026-12-31'`) as unknown;
    const bad = [{ cyles: 5 }, { cycles: 0 }, { budgets: { 'native.live': ['error'] } }];
    const accepts = (config: unknown): boolean => {
      try {
        checkConfig(config, 'c');
        return true;
      } catch {
        return false;
      }
    };
    const all = [suite as unknown, gate, ...bad];
    expect(all.map(accepts)).toEqual([true, true, false, false, false]);
    expect(all.map((config) => errorsOf('config', config).length === 0)).toEqual(all.map(accepts));
  });
});
