import { describe, expect, it } from 'vitest';
import { compareVersions, nearestVersions } from '../../harness/lib/nearest-version.ts';

const VERSIONS = ['0.12.9', '0.13.1', '0.13.20', '0.13.25', '1.0.0-rc.1', '1.0.0', '1.1.0'];

describe('versions', () => {
  it('are ordered by number, pre-releases before their release', () => {
    expect([...VERSIONS].reverse().sort(compareVersions)).toEqual(VERSIONS);
    expect(compareVersions('0.12.52-patch.0', '0.12.52')).toBeLessThan(0);
    expect(compareVersions('1.0.0', '1.0.0')).toBe(0);
  });

  it('near one that does not exist are those on either side', () => {
    expect(nearestVersions('0.13.21', VERSIONS, 4)).toEqual([
      '0.13.1',
      '0.13.20',
      '0.13.25',
      '1.0.0-rc.1',
    ]);
    expect(nearestVersions('9.9.9', VERSIONS, 3)).toEqual(['1.0.0-rc.1', '1.0.0', '1.1.0']);
    expect(nearestVersions('0.0.1', VERSIONS, 2)).toEqual(['0.12.9', '0.13.1']);
    expect(nearestVersions('1.0.0', ['2.0.0'])).toEqual(['2.0.0']);
  });
});
