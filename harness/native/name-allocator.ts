import { fileName, type Mapping } from './maps.ts';

export type AllocatorKind =
  | 'glibc'
  | 'jemalloc'
  | 'tcmalloc'
  | 'mimalloc'
  | 'partition-alloc'
  | 'other'
  | 'go'
  | 'musl'
  | 'static'
  | 'unknown';

export interface NamedAllocator {
  readonly kind: AllocatorKind;
  /** For people: `jemalloc (libjemalloc.so.2)`. */
  readonly title: string;
}

/** What is known of the executable beside its mappings. */
export interface Executable {
  readonly path: string;
  /** Whether the file holds the text; false when it cannot be read. Reads up to 64 MB, so ask last. */
  contains(text: string): boolean;
}

/** A library that defines malloc takes the place of glibc's in the whole process, however it was loaded. */
const LIBRARIES: readonly (readonly [AllocatorKind, string, RegExp])[] = [
  ['jemalloc', 'jemalloc', /^libjemalloc[^/]*\.so/],
  ['tcmalloc', 'tcmalloc', /^libtcmalloc[^/]*\.so/],
  ['mimalloc', 'mimalloc', /^libmimalloc[^/]*\.so/],
  ['other', 'snmalloc', /^libsnmalloc[^/]*\.so/],
  ['other', 'TBB malloc', /^libtbbmalloc_proxy[^/]*\.so/],
  ['other', 'Scudo', /^libscudo[^/]*\.so|^libclang_rt\.scudo/],
  ['other', 'a sanitizer', /^lib(?:asan|tsan|lsan|hwasan)\.so|^libclang_rt\.(?:asan|tsan|hwasan)/],
];

/** Chromium and what is built on it bring PartitionAlloc inside the executable. */
const CHROMIUM =
  /^(?:chrome|chromium|chromium-browser|chrome-headless-shell|headless_shell|content_shell|electron|msedge|brave|opera|vivaldi|cef.*)$/;
const FIREFOX = /^(?:firefox|firefox-bin|firefox-esr|thunderbird|plugin-container)$/;

const MUSL = /^(?:ld-musl-.*|libc\.musl-.*)\.so(?:\.1)?$/;
const GLIBC = /^libc(?:-2\.\d+)?\.so(?:\.6)?$/;

/** Go reserves its heap here on 64-bit (the hints in mallocinit, runtime/malloc.go); 1.26 chose random places. */
export const GO_HEAP_START = 0xc0_0000_0000;
export const GO_HEAP_END = 0xc8_0000_0000;

function builtIn(executable: Executable, mappings: readonly Mapping[]): NamedAllocator | undefined {
  const name = fileName(executable.path);
  if (CHROMIUM.test(name) || mappings.some(({ path }) => path === '[anon:partition_alloc]'))
    return { kind: 'partition-alloc', title: `PartitionAlloc (built into ${name})` };
  if (FIREFOX.test(name)) return { kind: 'jemalloc', title: `mozjemalloc (built into ${name})` };
  return undefined;
}

function withoutLibc(mappings: readonly Mapping[], executable: Executable): NamedAllocator {
  // Written by the linker into every Go executable; `go version FILE` reads it.
  if (executable.contains('Go buildinf:'))
    return { kind: 'go', title: 'Go runtime (static executable)' };
  const isDynamic = mappings.some(({ path }) => /\.so(?:\.[0-9.]+)?(?: \(deleted\))?$/.test(path));
  return isDynamic
    ? { kind: 'unknown', title: 'an unknown C library' }
    : { kind: 'static', title: 'static executable' };
}

/** From what is mapped; nothing is guessed from the program's name but the browsers. */
export function nameAllocator(
  mappings: readonly Mapping[],
  executable: Executable,
): NamedAllocator {
  const files = new Set(
    mappings.filter(({ inode }) => inode !== 0).map(({ path }) => fileName(path)),
  );
  for (const [kind, title, pattern] of LIBRARIES)
    for (const file of files) if (pattern.test(file)) return { kind, title: `${title} (${file})` };
  const inside = builtIn(executable, mappings);
  if (inside !== undefined) return inside;
  for (const file of files) {
    if (MUSL.test(file)) return { kind: 'musl', title: `musl (${file})` };
    if (GLIBC.test(file)) return { kind: 'glibc', title: 'glibc' };
  }
  return withoutLibc(mappings, executable);
}

const INSIDE: readonly (readonly [AllocatorKind, string, string])[] = [
  ['jemalloc', 'jemalloc', '<jemalloc>'],
  ['mimalloc', 'mimalloc', 'mimalloc: '],
  ['tcmalloc', 'tcmalloc', 'tcmalloc: '],
];

/** For a process whose glibc has handed out nothing: which allocator is linked into its executable. */
export function nameLinkedIn(executable: Executable): NamedAllocator {
  const name = fileName(executable.path);
  for (const [kind, title, text] of INSIDE)
    if (executable.contains(text)) return { kind, title: `${title} (linked into ${name})` };
  return { kind: 'unknown', title: `an allocator inside ${name}` };
}
