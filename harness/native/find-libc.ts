import { refuse } from './errors.ts';
import { type HeapLayout, layoutOf, NEWEST_KNOWN, OLDEST_KNOWN } from './layout.ts';
import { fileName, type Mapping } from './maps.ts';
import type { TargetReader } from './reader.ts';

export interface Libc {
  readonly version: string;
  readonly layout: HeapLayout;
  readonly mappings: readonly Mapping[];
  /** Names the file for good; undefined when only its mapped pages could be read. */
  readonly key: string | undefined;
}

const LIBC_NAME = /^libc(?:-2\.\d+)?\.so(?:\.6)?$/;
const BANNER = 'GNU C Library';
const RELEASE = /release version (\d+\.\d+)/;
/** The banner, with the distribution's package version in it, is under 120 characters. */
const BANNER_BYTES = 256;
/** The read-only data of libc is under 0.5 MB. */
const READ_ONLY_LIMIT = 8 * 1024 * 1024;

const versions = new Map<string, string>();

export function libcMappings(mappings: readonly Mapping[]): Mapping[] {
  const first = mappings.find(
    (mapping) => mapping.inode !== 0 && LIBC_NAME.test(fileName(mapping.path)),
  );
  if (first === undefined) return [];
  return mappings.filter(
    (mapping) => mapping.inode === first.inode && mapping.device === first.device,
  );
}

/** Each copy that is loaded has one piece of writable data, at its own distance from the file's. */
function countCopies(mappings: readonly Mapping[]): number {
  const data = mappings.filter(
    ({ path, inode, permissions }) =>
      inode !== 0 && permissions.startsWith('rw') && LIBC_NAME.test(fileName(path)),
  );
  return new Set(
    data.map(({ device, inode, start, offset }) => `${device} ${inode} ${start - offset}`),
  ).size;
}

function versionIn(content: Uint8Array): string | undefined {
  const buffer = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const at = buffer.indexOf(BANNER, 0, 'latin1');
  if (at < 0) return undefined;
  return RELEASE.exec(buffer.toString('latin1', at, at + BANNER_BYTES))?.[1];
}

/** For a libc that was deleted (upgraded) or lies in a namespace that cannot be entered. */
function versionInMemory(reader: TargetReader, mappings: readonly Mapping[]): string | undefined {
  for (const { start, end, permissions } of mappings) {
    const bytes = end - start;
    if (!permissions.startsWith('r--') || bytes > READ_ONLY_LIMIT) continue;
    const content = new Uint8Array(bytes);
    const got = reader.memory(start, content, bytes);
    const version = versionIn(content.subarray(0, got));
    if (version !== undefined) return version;
  }
  return undefined;
}

/** Undefined when no version string is found in the target's own libc. */
export function readVersion(
  reader: TargetReader,
  mappings: readonly Mapping[],
): { readonly version: string | undefined; readonly key: string | undefined } {
  const [first] = mappings;
  const file = first === undefined ? undefined : reader.mappedFile(first);
  if (file === undefined) return { version: versionInMemory(reader, mappings), key: undefined };
  const known = versions.get(file.key);
  const version = known ?? versionIn(file.read());
  if (version !== undefined) versions.set(file.key, version);
  return { version, key: file.key };
}

/** The target's libc, or a refusal that names what is there. */
export function findLibc(reader: TargetReader, mappings: readonly Mapping[]): Libc {
  const own = libcMappings(mappings);
  if (own.length === 0) refuse('not-glibc', 'no glibc is mapped');
  if (countCopies(mappings) > 1)
    refuse(
      'unsupported-setting',
      'glibc is loaded more than once (dlmopen, LD_AUDIT), each with a heap of its own: start the target without that',
    );
  const { version, key } = readVersion(reader, own);
  if (version === undefined)
    refuse('unknown-version', `${own[0]?.path} does not say which glibc release it is`);
  const layout = layoutOf(version);
  if (layout === undefined)
    refuse(
      'unknown-version',
      `glibc ${version} is not in the table of known heap layouts (${OLDEST_KNOWN} to ${NEWEST_KNOWN})`,
    );
  return { version, layout, mappings: own, key };
}
