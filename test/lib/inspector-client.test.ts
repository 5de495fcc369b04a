import { describe, expect, it } from 'vitest';
import { startChild } from '../../harness/lib/child.ts';
import { connectInspector, inspectorAddress } from '../../harness/lib/inspector-client.ts';

async function startInspected() {
  let found: (address: string) => void = () => undefined;
  const address = new Promise<string>((resolve) => {
    found = resolve;
  });
  const child = await startChild({
    command: process.execPath,
    args: ['--inspect=127.0.0.1:0', '-e', 'setInterval(() => {}, 1000)'],
    onLine: (line) => {
      const seen = inspectorAddress(line);
      if (seen !== null) found(seen);
    },
  });
  return { child, inspector: await connectInspector(await address) };
}

describe('the inspector client', () => {
  it('collects garbage and reads the heap of a running node', async () => {
    const { child, inspector } = await startInspected();
    await inspector.send('HeapProfiler.collectGarbage');
    expect(await inspector.send('Runtime.getHeapUsage')).toMatchObject({
      usedSize: expect.any(Number),
      totalSize: expect.any(Number),
    });
    await expect(inspector.send('No.such')).rejects.toThrow("'No.such' wasn't found");
    inspector.close();
    await expect(inspector.send('Runtime.getHeapUsage')).rejects.toThrow('closed');
    await child.stop();
  });

  it('rejects what is pending when the process dies', async () => {
    const { child, inspector } = await startInspected();
    const evaluation = inspector.send('Runtime.evaluate', { expression: 'for (;;) {}' });
    setTimeout(() => child.process.kill('SIGKILL'), 100);
    await expect(evaluation).rejects.toThrow('the inspector connection is closed');
    await child.stop();
  });

  it('refuses an address nobody listens on', async () => {
    await expect(connectInspector('ws://127.0.0.1:9/x')).rejects.toThrow('ECONNREFUSED');
    expect(inspectorAddress('Debugger attached.')).toBeNull();
  });
});
