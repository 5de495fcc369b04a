import { describe, expect, it } from 'vitest';
import { checkMachine } from '../../harness/cli/machine-checks.ts';
import { planNetwork } from '../../harness/run/private-network.ts';
import { tidemark } from '../e2e/_tidemark.ts';

describe('doctor', () => {
  it('says of each thing whether it works, and what helps where it does not', async () => {
    const checks = await checkMachine();
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'platform',
        'node',
        'private network',
        'reading heaps',
        'memory',
        'disk',
      ]),
    );
    const stateOf = (name: string) => checks.find((check) => check.name === name)?.state;
    // The tests of the walker read foreign heaps here, and others enter the network that is planned.
    expect(stateOf('reading heaps')).toBe('ok');
    expect(stateOf('private network')).toBe(planNetwork().kind === 'private' ? 'ok' : 'limited');
    expect(checks.filter(({ state, helps }) => state !== 'ok' && helps === undefined)).toEqual([]);
  });

  it('prints them, and says so when a setting of the environment is in the way', async () => {
    const env = { MALLOC_ARENA_MAX: '1', LIVEKIT_URL: 'ws://127.0.0.1:1' };
    const { code, stdout } = await tidemark(['doctor'], { env });
    expect(stdout).toMatch(/^ok {3}reading heaps +works/m);
    expect(stdout).toMatch(/^note private network +not used: LIVEKIT_URL is set\n +helps: unset/m);
    expect(stdout).toMatch(/^note environment +MALLOC_ARENA_MAX would change the malloc/m);
    expect(code).toBe(0);
  });
});
