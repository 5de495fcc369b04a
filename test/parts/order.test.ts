import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { ALONE, SECONDS, WITH_FETCHED_PARTS } from './order.ts';

const TEST = resolve(import.meta.dirname, '..');
const names = readdirSync(TEST, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts') && !file.startsWith('fixtures/'))
  .map((file) => file.slice(0, -'.test.ts'.length));

const stands = (listed: string, name: string): boolean =>
  listed.endsWith('/*') ? name.startsWith(listed.slice(0, -1)) : listed === name;

it('the order names only test files that there are, and none both with parts and alone', () => {
  const listed = [...WITH_FETCHED_PARTS, ...ALONE, ...Object.keys(SECONDS)];
  expect(listed.filter((each) => !names.some((name) => stands(each, name)))).toEqual([]);
  const both = WITH_FETCHED_PARTS.filter((name) => ALONE.some((each) => stands(each, name)));
  expect(both).toEqual([]);
});

it('every test file that asks for a part begins when it has been fetched', () => {
  const asks = /\b(server|rtcNode|livekitClient|jemalloc)\.ensure\(|\b(ensure|launch)Chrom/;
  const asking = names.filter((name) =>
    asks.test(readFileSync(join(TEST, `${name}.test.ts`), 'utf8')),
  );
  expect(asking.length).toBeGreaterThan(10);
  expect(asking.filter((name) => !WITH_FETCHED_PARTS.includes(name))).toEqual([]);
});
