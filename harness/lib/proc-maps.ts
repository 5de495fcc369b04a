import { readdirSync, readFileSync } from 'node:fs';

/** Distinct files mapped into a process, in address order; throws when it is gone or may not be read. */
export function mappedFiles(pid: number): string[] {
  const files = new Set<string>();
  for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
    const file = /^\S+ \S+ \S+ \S+ \S+ +(\/.*)$/.exec(line)?.[1];
    if (file !== undefined) files.add(file);
  }
  return [...files];
}

/** The environment a process was started with (later changes by itself are not seen). */
export function readEnvironment(pid: number): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const entry of readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')) {
    const split = entry.indexOf('=');
    if (split > 0) environment[entry.slice(0, split)] = entry.slice(split + 1);
  }
  return environment;
}

/** Names of the threads that live now. */
export function threadNames(pid: number): string[] {
  const names: string[] = [];
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    try {
      names.push(readFileSync(`/proc/${pid}/task/${task}/comm`, 'utf8').trim());
    } catch {
      // A thread that ended between the two reads is not there: that is the answer.
    }
  }
  return names;
}
