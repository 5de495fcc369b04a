import { refuse } from './errors.ts';
import { wordAt } from './peek.ts';

const AT_PAGESZ = 6;

/** Pairs of 64-bit words, ended by type 0 (`man 3 getauxval`). A 32-bit process has 32-bit pairs and none fits. */
export function pageBytesOf(auxv: Uint8Array): number {
  const view = new DataView(auxv.buffer, auxv.byteOffset, auxv.byteLength);
  for (let at = 0; at + 16 <= view.byteLength; at += 16) {
    if (wordAt(view, at) !== AT_PAGESZ) continue;
    const bytes = wordAt(view, at + 8);
    if (bytes >= 4096 && bytes <= 65_536 && Number.isInteger(Math.log2(bytes))) return bytes;
  }
  return refuse(
    'unsupported-setting',
    'no page size in the auxiliary vector: only 64-bit little-endian processes can be read',
  );
}
