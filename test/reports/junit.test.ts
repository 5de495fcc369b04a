import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../harness/contracts/result.ts';
import report from '../../reports/junit.ts';
import { planOf } from '../analyze/build-ledger.ts';
import {
  calm,
  everything,
  HOSTILE,
  hostileResult,
  jemalloc,
  leaking,
  open,
  plain,
  resultOf,
} from './_results.ts';

interface Case {
  readonly name: string;
  readonly classname: string;
  readonly failure?: { readonly message: string; readonly type: string; readonly '#text': string };
  readonly error?: { readonly message: string; readonly type: string };
  readonly skipped?: { readonly message: string };
  readonly 'system-out'?: string;
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseAttributeValue: false,
  isArray: (tag) => tag === 'testcase',
});

const xmlOf = (result: RunResult): string => report.render(result, plain);
function read(result: RunResult): { totals: Record<string, unknown>; cases: Case[] } {
  const xml = xmlOf(result);
  expect(XMLValidator.validate(xml)).toBe(true);
  const { testcase = [], properties: _, ...totals } = parser.parse(xml).testsuites.testsuite;
  return { totals, cases: testcase };
}
const outcomes = (result: RunResult): string[] =>
  read(result).cases.map(({ name, failure, error, skipped }) => {
    const kind = failure ? 'failure' : error ? 'error' : skipped ? 'skipped' : 'passed';
    return `${name}: ${kind} ${(failure ?? error)?.type ?? ''}`.trim();
  });

describe('junit', () => {
  test('a breach is a failure, what broke or cannot tell an error, what was skipped is skipped', () => {
    expect(outcomes(everything())).toEqual([
      'join-leave/demo@1.0.0/inline/glibc: failure leak',
      'join-leave/demo@2.0.0/inline/glibc: passed',
      'join-leave/demo@3.0.0/inline/glibc: error inconclusive',
      'join-leave/demo@4.0.0/inline/glibc: error broken',
      'join-leave/demo@1.0.0/inline/jemalloc: skipped',
    ]);
    expect(read(everything()).totals).toMatchObject({
      tests: '5',
      failures: '1',
      errors: '2',
      skipped: '1',
    });
  });

  test('a failure says what grows, and the figures', () => {
    const [failed] = read(resultOf([leaking])).cases;
    expect(failed?.failure?.message).toMatch(/^native live grows by 0\.3906 MiB per cycle/);
    expect(failed?.failure?.['#text']).toContain('threads capture: +1/cycle [1, 1]');
    expect(failed?.classname).toBe('join-leave/demo@1.0.0');
  });

  test('where an answer was declared, the declaration gates', () => {
    const truths = [
      { cell: 'demo@1.0.0', expect: ['leak' as const] },
      { cell: 'demo@2.0.0', expect: ['leak' as const] },
      { cell: 'demo@3.0.0', expect: ['steady' as const] },
      { cell: 'demo@9.0.0', expect: ['steady' as const] },
    ];
    expect(outcomes(resultOf([leaking, calm, open], { truths }))).toEqual([
      'join-leave/demo@1.0.0/inline/glibc: passed',
      'join-leave/demo@2.0.0/inline/glibc: failure steady',
      'join-leave/demo@3.0.0/inline/glibc: error inconclusive',
      'demo@9.0.0: error declared-truth',
    ]);
  });

  test('is never greener than the exit code', () => {
    const nothing = resultOf([], { skipped: [jemalloc] });
    expect(nothing.exitCode).not.toBe(0);
    expect(outcomes(nothing)).toEqual([
      'join-leave/demo@1.0.0/inline/jemalloc: skipped',
      'run: error broken',
    ]);
    expect(outcomes({ ...nothing, plan: planOf({ cells: [] }) })).toEqual(['run: error broken']);
  });

  test.each(Object.entries(HOSTILE))('a hostile name stays a name: %s', (_, name) => {
    const result = hostileResult(name);
    const { cases } = read(result);
    expect(
      cases.map(({ failure, error, skipped }) => [failure, error, skipped].map(Boolean)),
    ).toEqual(
      read(hostileResult('harmless')).cases.map(({ failure, error, skipped }) =>
        [failure, error, skipped].map(Boolean),
      ),
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is the point
    expect(xmlOf(result)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u202a-\u202e\ufffe\uffff]/);
    // Half of a surrogate pair is no character.
    expect(xmlOf(result)).not.toMatch(/[\ud800-\udfff]/u);
  });

  test('markup in a name is read back as it was', () => {
    const [first] = read(hostileResult('</script><b a="1">&amp;')).cases;
    expect(first?.classname).toBe('</script><b a="1">&amp;/</script><b a="1">&amp;@1');
  });
});
