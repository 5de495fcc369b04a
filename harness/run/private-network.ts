import { spawn, spawnSync } from 'node:child_process';
import type { NetworkPlan } from '../contracts/plan.ts';

/**
 * libwebrtc needs one interface that is not loopback; a veth pair with an address that leads nowhere is enough.
 * `dummy` devices are missing in some kernels, veth was there in all that were tried.
 */
const SET_UP = [
  'ip link set lo up',
  'ip link add tidemark0 type veth peer name tidemark1',
  'ip addr add 10.77.0.1/24 dev tidemark0',
  'ip link set tidemark0 up',
  'ip link set tidemark1 up',
].join(' && ');

function insideCommand(command: readonly string[]): string[] {
  return ['-r', '-n', 'sh', '-c', `${SET_UP} && exec "$@"`, 'sh', ...command];
}

/** Whether a private network namespace can be made here without root, found out by making one. */
export function planNetwork(env: NodeJS.ProcessEnv = process.env): NetworkPlan {
  if (env.LIVEKIT_URL) return { kind: 'host', reason: 'LIVEKIT_URL is set' };
  const tried = spawnSync('unshare', insideCommand(['true']), {
    encoding: 'utf8',
    timeout: 10_000,
  });
  if (tried.status === 0)
    return { kind: 'private', reason: 'nothing a run does leaves the machine' };
  const why = tried.error?.message ?? tried.stderr.trim().split('\n').at(-1) ?? '';
  return {
    kind: 'host',
    reason: `a private network namespace cannot be made here: ${why || `exit ${tried.status}`}`,
  };
}

/** The command line that runs a command inside a namespace of its own; it is told to end when this process dies. */
export function commandInPrivateNetwork(command: readonly string[]): string[] {
  return ['unshare', ...insideCommand(['setpriv', '--pdeathsig', 'TERM', ...command])];
}

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs a command inside a namespace of its own and resolves with its exit code.
 * Signals are passed on, and the command is told to end when this process dies.
 */
export function runInPrivateNetwork(command: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const [file = '', ...args] = commandInPrivateNetwork(command);
    const child = spawn(file, args, { stdio: 'inherit' });
    // A terminal sends Ctrl-C to the whole group: here it must not end the parent before the child has written its end.
    const forward = (signal: NodeJS.Signals): void => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    };
    for (const signal of FORWARDED) process.on(signal, forward);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      for (const name of FORWARDED) process.off(name, forward);
      resolve(code ?? (signal === 'SIGINT' || signal === 'SIGTERM' ? 130 : 4));
    });
  });
}
