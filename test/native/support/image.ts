import type { TargetReader } from '../../../harness/native/reader.ts';
import type { ThreadState } from '../../../harness/native/threads.ts';

const PAGE = 4096;

/** What a walk asked for and got: enough to walk again without the process, and to damage in any way. */
export interface HeapImage {
  readonly maps: string;
  readonly auxv: Uint8Array;
  readonly threads: readonly ThreadState[];
  readonly banner: Uint8Array;
  readonly pages: Map<number, Uint8Array>;
  /** pagemap entries by page number, as two 32-bit words. */
  readonly residency: Map<number, Uint8Array>;
}

export interface Recording {
  readonly reader: TargetReader;
  readonly image: HeapImage;
}

/** A reader that remembers every page that it was asked for. */
export function record(reader: TargetReader, libc: string): Recording {
  const pages = new Map<number, Uint8Array>();
  const residency = new Map<number, Uint8Array>();
  const image: HeapImage = {
    maps: reader.maps(),
    auxv: reader.auxv(),
    threads: reader.threads(),
    banner: Buffer.from(`GNU C Library (image) stable release version ${libc}.`, 'latin1'),
    pages,
    residency,
  };
  const keepPage = (page: number): void => {
    const content = new Uint8Array(PAGE);
    if (!pages.has(page) && reader.memory(page * PAGE, content, PAGE) === PAGE)
      pages.set(page, content);
  };
  return {
    image,
    reader: {
      ...reader,
      memory: (address, into, length) => {
        const last = Math.floor((address + length - 1) / PAGE);
        for (let page = Math.floor(address / PAGE); page <= last; page++) keepPage(page);
        return reader.memory(address, into, length);
      },
      pagemap: (firstPage, into, count) => {
        const got = reader.pagemap(firstPage, into, count);
        for (let page = 0; page < count; page++)
          residency.set(firstPage + page, into.slice(page * 8, page * 8 + 8));
        return got;
      },
    },
  };
}

/** Copies from the pages that were recorded, and stops at the first that was not, as the kernel does. */
function copyMemory(image: HeapImage, address: number, into: Uint8Array, length: number): number {
  let done = 0;
  while (done < length) {
    const at = address + done;
    const page = image.pages.get(Math.floor(at / PAGE));
    if (page === undefined) break;
    const inPage = at % PAGE;
    const piece = page.subarray(inPage, Math.min(PAGE, inPage + length - done));
    into.set(piece, done);
    done += piece.length;
  }
  return done;
}

export function replay(image: HeapImage): TargetReader {
  return {
    pid: 0,
    maps: () => image.maps,
    auxv: () => image.auxv,
    threads: () => image.threads,
    executable: () => ({ path: '/image', contains: () => false }),
    mappedFile: () => ({
      key: `image ${String.fromCharCode(...image.banner)}`,
      read: () => image.banner,
    }),
    memory: (address, into, length) => copyMemory(image, address, into, length),
    pagemap: (firstPage, into, count) => {
      for (let page = 0; page < count; page++) {
        const entry = image.residency.get(firstPage + page);
        if (entry === undefined) into.fill(0, page * 8, page * 8 + 8);
        else into.set(entry, page * 8);
      }
      return count * 8;
    },
  };
}
