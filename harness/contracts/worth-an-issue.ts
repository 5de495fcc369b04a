import type { ClassificationKind } from './result.ts';

/** What an issue can be about, most telling first: for the rest there is nothing to ask of a maintainer. */
export const WORTH_AN_ISSUE: readonly ClassificationKind[] = [
  'leak',
  'mixed',
  'fragmentation',
  'retention',
];
