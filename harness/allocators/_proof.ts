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
  /** Whether any library is mapped: a static program takes no preload, and its malloc is its own. */
  readonly isStatic: boolean;
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
      isStatic: !names.some((name) => /\.so(\.[0-9.]+)?$/.test(name)),
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

const ONLY_RESIDENT =
  'of any other program only resident memory can be judged: write it down once per cycle and run `tidemark analyze --csv FILE`';

/** Every malloc that can be proven is glibc's, or stands in its place. Returns the file name of glibc. */
export function requireLibc({ libc, isStatic }: Loaded, allocator: string): string {
  if (libc !== null) return libc;
  const what = isStatic ? 'it is a static program' : 'it has another C library';
  throw refusal(
    allocator,
    `no glibc is mapped, ${what}`,
    `glibc, glibc-arena-1 and jemalloc need a program that is linked dynamically against glibc; ${ONLY_RESIDENT}`,
  );
}

/** The C library's own malloc, with exactly these settings. Returns its file name. */
export function requireGlibc(
  pid: number,
  allocator: string,
  wanted: Readonly<Record<string, string>>,
): string {
  const loaded = look(pid, allocator);
  const { replacements, settings } = loaded;
  if (replacements.length > 0) throw refusal(allocator, `${replacements.join(', ')} is mapped`);
  const libc = requireLibc(loaded, allocator);
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
