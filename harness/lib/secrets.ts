import { redact, SECRET_NAME } from './format-safe.ts';

/** Shorter values are words (`true`, `devkey`): hiding them would hide text. */
const shortest = 8;
const KEYS_NAME = /(?:^|_)(?:keys?|auth|dsn)$/i;
const URL_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^\s/@]*?:([^\s/@]+)@/i;

/** The values in an environment that are secrets by the name they are filed under, or passwords in URLs. */
export function secretValues(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(env).flatMap(([name, value = '']) => {
    const isSecret = SECRET_NAME.test(name) || KEYS_NAME.test(name);
    const password = URL_PASSWORD.exec(value)?.[1];
    // `LIVEKIT_KEYS` is `key: secret`, a private key has lines.
    const parts = isSecret ? [value, ...value.split(/[\s,;]+|:\s/)] : [];
    return [...parts, ...(password === undefined ? [] : [password])].filter(isLong);
  });
}

const SECRET_FLAG =
  /^--?[\w-]*(?:token|secret|passw(?:or)?d|api[_-]?key|credential)[\w-]*(?:=(.*))?$/i;

/** The values of `--token abc` and `--token=abc`. */
export function secretArguments(args: readonly string[]): string[] {
  return args.flatMap((word, i) => {
    const found = SECRET_FLAG.exec(word);
    if (found === null) return [];
    return [found[1] ?? args[i + 1] ?? ''].filter(isLong);
  });
}

const isLong = (value: string): boolean => value.length >= shortest;

/** Hides these values wherever they stand, and everything that looks like a secret. */
export function makeHider(values: readonly string[]): (text: string) => string {
  const longestFirst = [...new Set(values)].sort((a, b) => b.length - a.length);
  return (text) =>
    redact(longestFirst.reduce((clean, value) => clean.replaceAll(value, '***'), text));
}
