/** One line of `/proc/PID/maps`. Addresses are plain numbers: user space ends at 2^47, doubles are exact to 2^53. */
export interface Mapping {
  readonly start: number;
  readonly end: number;
  /** As printed: `rw-p`, `r-xp`, `rw-s`, ... */
  readonly permissions: string;
  readonly offset: number;
  readonly device: string;
  readonly inode: number;
  /** Empty for anonymous memory; may end in ` (deleted)`. */
  readonly path: string;
}

const LINE = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) (\S+) (\d+) *(.*)$/;

/** Undefined for a line that is not the head of a mapping, so that smaps can be read with it as well. */
export function parseMapping(line: string): Mapping | undefined {
  const match = LINE.exec(line);
  if (match === null) return undefined;
  const [
    ,
    start = '',
    end = '',
    permissions = '',
    offset = '',
    device = '',
    inode = '',
    path = '',
  ] = match;
  return {
    start: Number.parseInt(start, 16),
    end: Number.parseInt(end, 16),
    permissions,
    offset: Number.parseInt(offset, 16),
    device,
    inode: Number(inode),
    path,
  };
}

export function parseMaps(text: string): Mapping[] {
  return text.split('\n').flatMap((line) => parseMapping(line) ?? []);
}

export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/ \(deleted\)$/, '');
}

/** Private, writable and backed by no file: where heaps can live. `[anon...]` is memory that was given a name. */
export function isPrivateAnonymous(mapping: Mapping): boolean {
  return (
    mapping.permissions.startsWith('rw') &&
    mapping.permissions[3] === 'p' &&
    mapping.inode === 0 &&
    (mapping.path === '' || mapping.path.startsWith('[anon'))
  );
}

/** Bytes that nobody may touch, directly below a mapping; 0: none. */
export function guardBytes(mappings: readonly Mapping[], index: number): number {
  const [below, mapping] = [mappings[index - 1], mappings[index]];
  if (below === undefined || below.end !== mapping?.start) return 0;
  return below.permissions.startsWith('---') ? below.end - below.start : 0;
}

/** Mappings are sorted by address, as the kernel prints them. */
export function mappingAt(mappings: readonly Mapping[], address: number): Mapping | undefined {
  let low = 0;
  let high = mappings.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const mapping = mappings[middle];
    if (mapping === undefined) return undefined;
    if (address < mapping.start) high = middle - 1;
    else if (address >= mapping.end) low = middle + 1;
    else return mapping;
  }
  return undefined;
}
