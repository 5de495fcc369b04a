import { expect, test } from 'vitest';
import { layoutOf } from '../../harness/native/layout.ts';
import { parseMaps } from '../../harness/native/maps.ts';
import { nameAllocator } from '../../harness/native/name-allocator.ts';

test('every release from 2.26 to 2.43 has a layout, and no other', () => {
  const known = Array.from({ length: 60 }, (_, minor) => `2.${minor}`).filter(
    (version) => layoutOf(version) !== undefined,
  );
  expect([known[0], known.at(-1), known.length]).toEqual(['2.26', '2.43', 18]);
  expect(['', '2', '3.36', '2.36.1', '2.x'].map(layoutOf)).toEqual(Array(5).fill(undefined));
});

test('the changes between releases are where the table says', () => {
  const row = (version: string) => {
    const layout = layoutOf(version);
    return [
      layout?.binsAt,
      layout?.fastbinsAt,
      layout?.arenaBytes,
      layout?.heapInfoBytes,
      layout?.safeLinking,
      layout?.tcache.chunkSizes[0],
      layout?.mmapCountAt,
    ].join(' ');
  };
  expect(['2.26', '2.28', '2.31', '2.33', '2.34', '2.36', '2.42', '2.43'].map(row)).toEqual([
    '104 8 2192 32 false 592 -32',
    '112 16 2200 32 false 592 -32',
    '112 16 2200 32 false 656 -32',
    '112 16 2200 32 true 656 -32',
    '112 16 2200 32 true 656 -32',
    '112 16 2200 48 true 656 -36',
    '112 16 2200 48 true 768 -36',
    '24  2112 48 true 768 -36',
  ]);
});

const GLIBC = '/usr/lib/x86_64-linux-gnu/libc.so.6';

function named(executable: string, files: readonly string[], inside = ''): string {
  const text = files
    .map(
      (path, index) =>
        `7f${index}000000000-7f${index}000001000 r-xp 00000000 08:01 ${index + 1} ${path}`,
    )
    .join('\n');
  const { kind, title } = nameAllocator(parseMaps(text), {
    path: executable,
    contains: (wanted) => inside === wanted,
  });
  return `${kind}: ${title}`;
}

test('allocators are named from what is mapped', () => {
  expect([
    named('/usr/bin/node', [GLIBC]),
    named('/usr/bin/node', ['/lib/libc-2.31.so']),
    named('/usr/bin/node', [GLIBC, '/usr/lib/x86_64-linux-gnu/libjemalloc.so.2']),
    named('/usr/bin/node', [GLIBC, '/usr/lib/libtcmalloc_minimal.so.4.5.9']),
    named('/usr/bin/node', [GLIBC, '/opt/libmimalloc.so.2.1 (deleted)']),
    named('/opt/chrome/chrome', [GLIBC]),
    named('/usr/lib/firefox/firefox', [GLIBC]),
    named('/usr/bin/app', [GLIBC, '/usr/lib/gcc/libasan.so.8']),
    named('/usr/bin/app', ['/lib/ld-musl-x86_64.so.1']),
    named('/usr/bin/app', ['/usr/bin/app'], 'Go buildinf:'),
    named('/usr/bin/app', ['/usr/bin/app']),
    named('/usr/bin/app', ['/lib/libdietc.so.1']),
  ]).toMatchInlineSnapshot(`
    [
      "glibc: glibc",
      "glibc: glibc",
      "jemalloc: jemalloc (libjemalloc.so.2)",
      "tcmalloc: tcmalloc (libtcmalloc_minimal.so.4.5.9)",
      "mimalloc: mimalloc (libmimalloc.so.2.1)",
      "partition-alloc: PartitionAlloc (built into chrome)",
      "jemalloc: mozjemalloc (built into firefox)",
      "other: a sanitizer (libasan.so.8)",
      "musl: musl (ld-musl-x86_64.so.1)",
      "go: Go runtime (static executable)",
      "static: static executable",
      "unknown: an unknown C library",
    ]
  `);
});
