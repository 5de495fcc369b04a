/**
 * Lets the host of a job run in a worker thread as it runs in a process: gives it the channel that it expects. A worker
 * has a `process` of its own without one.
 */
import { parentPort } from 'node:worker_threads';

const channel = process as NodeJS.EventEmitter;
Object.assign(process, {
  connected: true,
  send(message: unknown): boolean {
    parentPort?.postMessage(message);
    return true;
  },
});
parentPort?.on('message', (message: unknown) => {
  // The parent's last word: what a process learns when its channel closes.
  if (message === null) channel.emit('disconnect');
  else channel.emit('message', message);
});
await import('./_rtc-node-host.ts');
