import type { ExplainFinding } from '../contracts/explain.ts';

/** Paths of files but for the last part, network addresses, ids, and what stands in quotes. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'`<>()]{1,500}/gi, '(address)'],
  [/(?:~|\.{1,2})?(?:\/[\w.@+~-]{1,120}){1,40}\/([\w.@+-]{1,120})/g, '$1'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b/g, '(address)'],
  [/\b[A-Z]{2,3}_[A-Za-z0-9]{6,}\b/g, '(id)'],
  [/\b[0-9a-f]{8}-[0-9a-f-]{12,40}\b/gi, '(id)'],
  [/\b(?=\w*\d)(?=\w*[a-z])\w{20,}\b/gi, '(id)'],
  [/'[^']{1,500}'|"[^"]{1,500}"/g, "'…'"],
];

/** Text that may leave the machine: names of classes, functions and source files stay, contents do not. */
function redactText(text: string): string {
  return SECRETS.reduce((clean, [pattern, by]) => clean.replace(pattern, by), text);
}

export function redactFinding(finding: ExplainFinding): ExplainFinding {
  return {
    ...finding,
    says: redactText(finding.says),
    trace: finding.trace.map(redactText),
    details: finding.details.map(({ label, text }) => ({ label, text: redactText(text) })),
  };
}
