/** Last part of a path or an address, without query: pure, since labels are. */
export function basename(path: string): string {
  const clean = path.replace(/[?#].*$/, '').replace(/\/+$/, '');
  if (clean.startsWith('node:')) return clean;
  return clean.slice(clean.lastIndexOf('/') + 1);
}
