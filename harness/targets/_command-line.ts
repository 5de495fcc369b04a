import { TidemarkError } from '../contracts/errors.ts';

/** Runs of a word: '...' is literal, "..." keeps blanks, a backslash takes the next character as it is. */
const PARTS = /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)|([^\s'"\\]+)|(\s+)/gsy;

/**
 * Splits a command line into words like a shell does. Nothing is expanded: use `sh -c '...'` for variables, pipes and
 * patterns.
 */
export function splitCommand(text: string): string[] {
  const words: string[] = [];
  let inWord = false;
  let read = 0;
  for (const match of text.matchAll(PARTS)) {
    read += match[0].length;
    const [, literal, quoted, escaped, plain, blank] = match;
    if (blank !== undefined) {
      inWord = false;
      continue;
    }
    const part = literal ?? quoted?.replace(/\\(.)/gs, '$1') ?? escaped ?? plain ?? '';
    if (inWord) words.push((words.pop() ?? '') + part);
    else words.push(part);
    inWord = true;
  }
  if (read < text.length) {
    throw new TidemarkError('usage', `the command has a quote that is not closed: ${text}`, {
      hint: 'close it, or put a backslash before it',
    });
  }
  return words;
}
