/** Fowler, Noll and Vo's FNV-1a, 64 bits: small, and free of `node:` for the stages that must be pure. */
function fnv1a(text: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash;
}

/** 12 hexadecimal digits that name a few words. */
export function fingerprint(words: readonly string[]): string {
  return fnv1a(JSON.stringify(words)).toString(16).padStart(16, '0').slice(-12);
}
