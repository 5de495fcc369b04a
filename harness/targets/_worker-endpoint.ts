import { get } from 'node:http';
import { listeningPorts } from '../lib/listening-ports.ts';

const ANSWER_MS = 1000;
const LIMIT_BYTES = 64 * 1024;

/** Jobs that a worker says it has, asked of the page `/worker` that LiveKit's agents serve; null when it does not answer. */
export async function activeJobs(port: number): Promise<number | null> {
  const text = await getText(port, '/worker');
  try {
    const worker: unknown = JSON.parse(text ?? 'null');
    if (typeof worker !== 'object' || worker === null) return null;
    if (!('active_jobs' in worker || 'worker_type' in worker)) return null;
    // Newer ones leave out what is 0, and write large numbers as text.
    return 'active_jobs' in worker ? Number(worker.active_jobs) : 0;
  } catch {
    // Another program's page.
    return null;
  }
}

/** The port of the worker's page, among those that the process listens on. */
export async function findWorkerPort(pid: number): Promise<number | null> {
  for (const port of listeningPorts(pid)) {
    if ((await activeJobs(port)) !== null) return port;
  }
  return null;
}

/** One connection per question: one that is kept would be counted among the worker's descriptors. */
function getText(port: number, path: string): Promise<string | null> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path, agent: false, timeout: ANSWER_MS });
    request.once('timeout', () => request.destroy());
    request.once('close', () => resolve(null));
    request.once('error', () => resolve(null));
    request.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (more) => {
        text += more;
        if (text.length > LIMIT_BYTES) request.destroy();
      });
      response.once('end', () => resolve(text));
    });
  });
}
