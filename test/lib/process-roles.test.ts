import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listeningPorts } from '../../harness/lib/listening-ports.ts';
import { countJobProcesses, roledProcesses } from '../../harness/lib/process-roles.ts';
import { temporaryFolder, until } from './_real-parts.ts';

const PROGRAM = `
import multiprocessing, sys, time
def work(): time.sleep(60)
if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    context.Process(target=work, daemon=True).start()
    context.Process(target=work, daemon=True).start()
    sys.stdin.read()
`;

async function startPython(method: string): Promise<number> {
  const file = `${temporaryFolder()}/program.py`;
  writeFileSync(file, PROGRAM);
  const child = spawn('python3', [file, method], { stdio: ['pipe', 'ignore', 'inherit'] });
  await once(child, 'spawn');
  onTestFinished(async () => {
    child.stdin?.end();
    if (child.exitCode === null) await once(child, 'exit');
  });
  return child.pid ?? 0;
}

const rolesOf = (pid: number): string[] =>
  roledProcesses([{ pid, role: 'supervisor' }])
    .map(({ role }) => role)
    .sort();

describe('processes of a tree', () => {
  it.each([
    ['spawn', ['job', 'job', 'resource tracker', 'supervisor'], 3],
    ['forkserver', ['forkserver', 'job', 'job', 'resource tracker', 'supervisor'], 3],
  ])('are told apart when Python starts them by %s', async (method, roles, jobs) => {
    const pid = await startPython(method);
    // For a moment what was forked still has its parent's command line.
    await until(() => rolesOf(pid).join() === roles.join(), 20_000).catch(() => undefined);
    expect(rolesOf(pid)).toEqual(roles);
    expect(countJobProcesses(roledProcesses([{ pid, role: 'supervisor' }]))).toBe(jobs);
  });

  it('of programs that are not known are children', async () => {
    const child = spawn('sh', ['-c', 'sleep 30 & wait']);
    await once(child, 'spawn');
    const pid = child.pid ?? 0;
    await until(() => rolesOf(pid).length === 2);
    expect(rolesOf(pid)).toEqual(['child', 'supervisor']);
    for (const each of roledProcesses([{ pid, role: 'supervisor' }]).reverse())
      process.kill(each.pid);
  });
});

describe('listening ports', () => {
  it('are those of the process, not of others', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    expect(listeningPorts(process.pid)).toContain(port);
    expect(listeningPorts(process.ppid)).not.toContain(port);
  });

  it('of a process that is gone are none', () => {
    expect(listeningPorts(2 ** 22 + 1)).toEqual([]);
  });
});
