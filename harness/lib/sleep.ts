import { setTimeout as delay } from 'node:timers/promises';

/** Waits, or rejects with the signal's reason when it is aborted first. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  } catch {
    // The only way a timer rejects is its signal; its reason says more than AbortError does.
    throw signal?.reason ?? new Error('sleep interrupted');
  }
}
