/** Orders `0.9.2 < 0.10.0-rc.1 < 0.10.0`; parts that are not numbers compare as text. */
export function compareVersions(a: string, b: string): number {
  const [coreA = '', ...preA] = a.split('-');
  const [coreB = '', ...preB] = b.split('-');
  const core = compareParts(coreA.split('.'), coreB.split('.'));
  if (core !== 0) return core;
  // A pre-release comes before its release.
  if (preA.length === 0 || preB.length === 0) return preB.length - preA.length;
  return compareParts(preA.join('-').split('.'), preB.join('-').split('.'));
}

function compareParts(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const left = a[i] ?? '';
    const right = b[i] ?? '';
    if (left === right) continue;
    const difference = Number(left) - Number(right);
    return Number.isNaN(difference) ? (left < right ? -1 : 1) : difference;
  }
  return 0;
}

/** The versions on either side of one that does not exist, in order; at most `count`. */
export function nearestVersions(wanted: string, versions: readonly string[], count = 5): string[] {
  const sorted = [...versions].sort(compareVersions);
  const at = sorted.findIndex((version) => compareVersions(version, wanted) > 0);
  const middle = at === -1 ? sorted.length : at;
  const from = Math.max(0, Math.min(middle - Math.floor(count / 2), sorted.length - count));
  return sorted.slice(from, from + count);
}
