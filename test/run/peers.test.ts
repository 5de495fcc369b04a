import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import server from '../../harness/services/livekit-server.ts';
import { inPrivateNetwork, realPart, requireNamespace, setupContext } from '../lib/_real-parts.ts';

it('peers start when they are asked for, speak and hear, and their death breaks the cell', {
  timeout: 120_000,
}, async (ctx) => {
  const setup = setupContext();
  await realPart(ctx, async () => {
    await requireNamespace();
    await server.ensure(setup);
  });
  const script = resolve(import.meta.dirname, '_peers.mjs');
  const died = 'the process of the peers was killed by SIGKILL';
  expect(inPrivateNetwork(script, [setup.cacheDir, setup.runDir])).toEqual({
    before: null,
    environment: false,
    present: ['peer-1', 'peer-2'],
    deaf: 'a peer: Error: peer-1 reads nothing',
    left: ['peer-1'],
    again: 'peer-3',
    broken: { kind: 'service-failed', message: `peers: ${died}` },
    leave: died,
    join: died,
    gone: true,
  });
});
