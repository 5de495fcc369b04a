import { expect, it } from 'vitest';
import { estimate } from '../../harness/cli/estimate.ts';
import { loadRegistry } from '../../harness/registry.ts';
import { planOf } from '../analyze/build-ledger.ts';

const registry = await loadRegistry();

const lasts = (
  scenario: string,
  target: string,
  settings: { parameters?: Record<string, number>; untilDecided?: boolean } = {},
): string => {
  const plan = planOf({
    cells: [{ scenario, target }],
  });
  const given = { ...plan.settings, cycles: 60, idleTailMs: 0, ...settings };
  return estimate({ ...plan, settings: given }, registry);
};

it('the estimate of a run knows what its cycles wait for, and how slow its target is', () => {
  expect({
    'a round trip': lasts('join-leave', 'rtc-node'),
    'at the most': lasts('join-leave', 'rtc-node', { untilDecided: true }),
    'jobs of agents': lasts('agent-job', 'livekit-agents'),
    'a page': lasts('join-leave', 'livekit-client'),
    'a call that is held': lasts('hold', 'rtc-node'),
    'long slices of one': lasts('hold', 'rtc-node', { parameters: { sliceMs: 10_000 } }),
  }).toMatchInlineSnapshot(`
    {
      "a call that is held": "about 3 min",
      "a page": "about 68 s",
      "a round trip": "about 44 s",
      "at the most": "at most 44 s",
      "jobs of agents": "about 3 min",
      "long slices of one": "about 11 min",
    }
  `);
});
