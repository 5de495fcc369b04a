import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { planNetwork, runInPrivateNetwork } from '../../harness/run/private-network.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-network-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const isPossible = spawnSync('unshare', ['-r', '-n', 'true']).status === 0;

describe('the network of a run', () => {
  it("is the host's with LIVEKIT_URL, and says why", () => {
    expect(planNetwork({ LIVEKIT_URL: 'ws://127.0.0.1:7880' })).toEqual({
      kind: 'host',
      reason: 'LIVEKIT_URL is set',
    });
  });

  it('is private where the system allows it', () => {
    expect(planNetwork({}).kind).toBe(isPossible ? 'private' : 'host');
  });

  it.runIf(isPossible)(
    'holds loopback and an address that leads nowhere, and no route out',
    async () => {
      const file = join(folder, 'network');
      const script = `{ ip -4 -br addr; ip route; } > '${file}'; exit 7`;
      expect(await runInPrivateNetwork(['sh', '-c', script])).toBe(7);
      const seen = readFileSync(file, 'utf8');
      expect(seen).toContain('127.0.0.1/8');
      expect(seen).toContain('10.77.0.1/24');
      expect(seen).not.toContain('default');
      expect(seen.match(/^\S+ +(UP|UNKNOWN)/gm)).toHaveLength(2);
    },
  );

  it.runIf(isPossible)('lets two runs use the same port', async () => {
    const listen =
      "require('net').createServer().listen(7880, '127.0.0.1', () => setTimeout(() => process.exit(0), 500)).on('error', () => process.exit(9))";
    const command = [process.execPath, '-e', listen];
    expect(await Promise.all([runInPrivateNetwork(command), runInPrivateNetwork(command)])).toEqual(
      [0, 0],
    );
  });
});
