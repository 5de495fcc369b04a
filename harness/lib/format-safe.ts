/** What may not reach a report, and what may not act inside one. */

// Every repetition is bounded: a name of 10 kB from outside must not cost seconds.
const SECRETS: readonly (readonly [RegExp, string])[] = [
  // Credentials in URLs, before anything else is looked for in them.
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@"']{1,500}@/gi, '$1***@'],
  // JSON web tokens: LiveKit access tokens are these.
  [/\beyJ[\w-]{4,}\.[\w-]{4,}(?:\.[\w-]*)?/g, '***'],
  [
    /\b(bearer\s{1,5}|authorization["']?\s{0,5}[=:]\s{0,5}["']?basic\s{1,5})[\w.~+/=-]{8,}/gi,
    '$1***',
  ],
  // Keys that can be told by their form: of model vendors, GitHub, AWS, Slack, Google.
  [
    /\b(?:[spr]k[-_][\w-]{16,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|AKIA[0-9A-Z]{16}|xox[a-z]-[\w-]{10,}|AIza[\w-]{30,})/g,
    '***',
  ],
  // name=value, name: value, "name":"value"
  [
    /([\w-]{0,40}(?:token|secret|passw(?:or)?d|api[_-]?key|private[_-]?key|credential|signature)[\w-]{0,40}["']?\s{0,10}[=:]\s{0,10})("[^"]*"|'[^']*'|[^\s"',;&}]+)/gi,
    '$1***',
  ],
  // --name value
  [
    /(--[\w-]{0,40}(?:token|secret|passw(?:or)?d|api[_-]?key|private[_-]?key|credential|signature)[\w-]{0,40}\s{1,10})([^\s-]\S*)/gi,
    '$1***',
  ],
];

/** Without any of these no pattern above can match: most text is passed over by one look. */
const HINT =
  /token|secret|passw|api[_-]?key|private[_-]?key|credential|signature|:\/\/|eyJ|bearer|authorization|[spr]k[-_]|gh[pousr]_|github_pat|AKIA|xox|AIza/i;

/** Replaces tokens, keys and passwords by `***`. Names of rooms and people are not secrets here. */
export function redact(text: string): string {
  if (!HINT.test(text)) return text;
  return SECRETS.reduce((clean, [pattern, by]) => clean.replace(pattern, by), text);
}

export const SECRET_NAME =
  /token|secret|passw(or)?d|api[_-]?key|private[_-]?key|credential|signature/i;

/** The same value with every text in it redacted, and what is filed under a secret's name left out. */
export function redactDeep(
  value: unknown,
  hide: (text: string) => string = redact,
  name = '',
): unknown {
  if (typeof value === 'string') return SECRET_NAME.test(name) ? '***' : hide(value);
  if (Array.isArray(value)) return value.map((item) => redactDeep(item, hide, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, redactDeep(item, hide, key)]),
  );
}

/** Control and format characters (escape sequences, text direction) and line breaks. */
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** One line without control characters: a thread can be named with an escape sequence. */
export function oneLine(text: string): string {
  return redact(text).replace(CONTROL, ' ').trim();
}

/**
 * Text from outside inside Markdown: no markup, no HTML, no table cell of its own, no link, mention or issue number.
 * Brackets of an interval stay readable: only what would make a link of them is broken.
 */
export function escapeMarkdown(text: string): string {
  return (
    oneLine(text)
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replace(/[\\`*|~$]/g, '\\$&')
      .replace(/(?<!\w)_|_(?!\w)/g, '\\_')
      .replace(/\](?=[([:])/g, '\\]')
      .replace(/^([-+=](?=\s|[-=]*$)|\d+[.)](?=\s))/, '\\$1')
      // An empty comment between the sign and the name: GitHub looks for both in one piece of text.
      .replace(/(^|\W)@(?=\w)/g, '$1@<!-- -->')
      .replace(/(?<!&)#(?=\w)/g, '#<!-- -->')
      .replace(/^#/, '\\#')
      .replaceAll('://', ':&#47;/')
      .replace(/\bwww\./gi, 'www&#46;')
  );
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

/**
 * Text for a screen that may be the log of a GitHub job, where a line that begins with `::`, or has `##[` anywhere, is
 * a command (actions/runner, ActionCommand.cs).
 */
export const tameForLog = (text: string): string =>
  text.replace(/^(\s*):(?=:)/gm, '$1: ').replaceAll('##[', '# #[');
