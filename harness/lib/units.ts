const SIZE = /^(\d+(?:\.\d+)?)\s*(B|[KMG]i?B)?$/i;
const DURATION = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)$/;
const SIZE_FACTOR: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};
const MS_FACTOR: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `64KiB` -> 65536; a plain number is bytes; null when it is not a size. */
export function parseSize(text: string | number): number | null {
  if (typeof text === 'number') return Number.isFinite(text) && text >= 0 ? text : null;
  const match = SIZE.exec(text.trim());
  if (match === null) return null;
  return Number(match[1]) * (SIZE_FACTOR[(match[2] ?? 'B').toLowerCase()] ?? 1);
}

/** `2m` -> 120000 ms; a number is milliseconds, a text needs its unit; null when it is not a duration. */
export function parseDuration(text: string | number): number | null {
  if (typeof text === 'number') return Number.isFinite(text) && text >= 0 ? text : null;
  if (text.trim() === '0') return 0;
  const match = DURATION.exec(text.trim());
  if (match === null) return null;
  return Number(match[1]) * (MS_FACTOR[match[2] ?? 'ms'] ?? 1);
}

/** `16KiB/cycle` -> 16384 per cycle; `0/cycle` for counts; null when it is not a rate. */
export const parsePerCycle = (text: string): number | null => parseRate(text, 'cycle');

/** The same of a call that is held: `1MiB/minute`. */
export const parsePerMinute = (text: string): number | null => parseRate(text, 'minute');

function parseRate(text: string, wanted: string): number | null {
  const [amount, per, ...rest] = text.split('/');
  if (amount === undefined || per?.trim() !== wanted || rest.length > 0) return null;
  return parseSize(amount);
}
