import { basename } from 'node:path';
import { TidemarkError } from '../contracts/errors.ts';
import { allocatorSettings } from '../lib/child-env.ts';
import { mappedFiles, readEnvironment } from '../lib/proc-maps.ts';

/** Libraries that replace malloc when they are mapped, by the start of their file name. */
const REPLACEMENTS = /^lib(jemalloc|tcmalloc|mimalloc|hoard|scudo|snmalloc|rpmalloc)/;

export interface Loaded {
  /** File names of libraries that replace malloc. */
  readonly replacements: readonly string[];
  /** File name of the C library, null in a static or foreign program. */
  readonly libc: string | null;
  /** Variables that change malloc, as the process was started with them. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Looks at a started process; throws TidemarkError('allocator') when it cannot be looked at. */
export function look(pid: number, allocator: string): Loaded {
  try {
    const names = mappedFiles(pid).map((file) => basename(file));
    const environment = readEnvironment(pid);
    const settings = allocatorSettings(environment).map((name) => [name, environment[name] ?? '']);
    return {
      replacements: names.filter((name) => REPLACEMENTS.test(name)),
      libc: names.find((name) => /^libc(\.so\.6|-2\.\d+\.so)$/.test(name)) ?? null,
      settings: Object.fromEntries(settings),
    };
  } catch (cause) {
    const why = cause instanceof Error ? (cause.message.split(',')[0] ?? '') : String(cause);
    throw refusal(allocator, `the process cannot be read: ${why}`, undefined, cause);
  }
}

export function refusal(
  allocator: string,
  why: string,
  hint?: string,
  cause?: unknown,
): TidemarkError {
  return new TidemarkError('allocator', `${allocator} is not proven: ${why}`, {
    ...(hint === undefined ? {} : { hint }),
    cause,
  });
}

/** The C library's own malloc, with exactly these settings. Returns its file name. */
export function requireGlibc(
  pid: number,
  allocator: string,
  wanted: Readonly<Record<string, string>>,
): string {
  const { replacements, libc, settings } = look(pid, allocator);
  if (replacements.length > 0) throw refusal(allocator, `${replacements.join(', ')} is mapped`);
  if (libc === null)
    throw refusal(allocator, 'no glibc is mapped (a static program, or another C library)');
  for (const name of new Set([...Object.keys(wanted), ...Object.keys(settings)])) {
    if (settings[name] === wanted[name]) continue;
    // A malloc that was told something else is another experiment.
    const found = settings[name] === undefined ? `${name} is not set` : `${name} is set`;
    throw refusal(allocator, `${found} in the started process`, 'its launcher changes it');
  }
  return libc;
}

/** Empty values: not set. Takes away what the harness's own shell has set. */
export function withoutInherited(
  settings: Readonly<Record<string, string>>,
): Record<string, string> {
  const inherited = allocatorSettings().map((name): [string, string] => [name, '']);
  return { ...Object.fromEntries(inherited), ...settings };
}
