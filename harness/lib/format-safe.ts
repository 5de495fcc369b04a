/** What may not reach a report, and what may not act inside one. */

const SECRETS: readonly (readonly [RegExp, string])[] = [
  // Credentials in URLs, before anything else is looked for in them.
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi, '$1***@'],
  // JSON web tokens: LiveKit access tokens are these.
  [/\beyJ[\w-]{4,}\.[\w-]{4,}(?:\.[\w-]*)?/g, '***'],
  [/\b(bearer\s+)[\w.~+/=-]{8,}/gi, '$1***'],
  // name=value, name: value, "name":"value"
  [
    /([\w-]*(?:token|secret|passw(?:or)?d|api[_-]?key|credential)[\w-]*["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s"',;&}]+)/gi,
    '$1***',
  ],
  // --name value
  [/(--[\w-]*(?:token|secret|passw(?:or)?d|api[_-]?key|credential)[\w-]*\s+)([^\s-]\S*)/gi, '$1***'],
];

/** Replaces tokens, keys and passwords by `***`. Names of rooms and people are not secrets here. */
export function redact(text: string): string {
  return SECRETS.reduce((clean, [pattern, by]) => clean.replace(pattern, by), text);
}

const SECRET_NAME = /token|secret|passw(or)?d|api[_-]?key|credential/i;

/** The same value with every text in it redacted, and what is filed under a secret's name left out. */
export function redactDeep(value: unknown, name = ''): unknown {
  if (typeof value === 'string') return SECRET_NAME.test(name) ? '***' : redact(value);
  if (Array.isArray(value)) return value.map((item) => redactDeep(item, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactDeep(item, key)]));
}

const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]+/g;

/** One line without control characters: a thread can be named with an escape sequence. */
export function oneLine(text: string): string {
  return redact(text).replace(CONTROL, ' ').trim();
}

/** Text from outside inside Markdown: no markup, no HTML, no table cell of its own, no mention. */
export function escapeMarkdown(text: string): string {
  return oneLine(text)
    .replace(/[\\`*_{}[\]()#+!|~$]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('@', '&#64;')
    .replace(/^(\s*)([-=]|\d+\.)/, '$1\\$2');
}

/** Inside a fence: only what could end it matters. */
export function fenced(lines: readonly string[], language = ''): string {
  const body = lines.map((line) => redact(line).replace(CONTROL, ' '));
  const longest = Math.max(
    2,
    ...body.flatMap((line) => (line.match(/`+/g) ?? []).map((m) => m.length)),
  );
  const fence = '`'.repeat(longest + 1);
  return [`${fence}${language}`, ...body, fence].join('\n');
}
