import { once } from 'node:events';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import descriptorTargets from '../../harness/explainers/descriptor-targets.ts';
import { contextFor } from '../heap/_planted.ts';
import { temporaryFolder } from '../lib/_real-parts.ts';

it('Descriptors that grow are told with what they lead to: a file without its folder, a socket with its peer', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const file = join(temporaryFolder(), 'journal-7.txt');
  writeFileSync(file, 'x');
  const work = await descriptorTargets.start(contextFor('nowhere', []));
  for (const cycle of [20, 30, 40, 50, 60, 80]) {
    for (let each = 0; each < (cycle === 80 ? 20 : 10); each += 1) {
      const fd = openSync(file, 'r');
      onTestFinished(() => closeSync(fd));
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      onTestFinished(() => void socket.destroy());
    }
    const kind = cycle === 80 ? 'confirm' : 'block';
    const processes = [{ pid: process.pid, role: 'job' }];
    await work.look({ cycle, kind, processes, runtimes: [] });
  }
  const { findings } = await work.conclude();
  const says = findings.map((finding) => finding.says);
  expect(says).toContain('1 descriptors per cycle lead to: file journal-#.txt');
  expect(says).toContain(`1 descriptors per cycle lead to: tcp socket to 127.0.0.1:${port}`);
});
