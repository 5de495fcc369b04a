import { TidemarkError } from '../contracts/errors.ts';
import { findExecutable } from '../lib/child.ts';

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

/** The words of `--command` for a target that cannot do without; throws a usage error with an example. Pure. */
export function requireCommand(
  target: string,
  command: string | undefined,
  example: string,
): readonly string[] {
  const words = splitCommand(command ?? '');
  if (words[0] !== undefined) return words;
  throw new TidemarkError('usage', `target ${target} needs a command to run`, {
    hint: `give it with --command '${example}'`,
  });
}

export function requireProgram(program: string, path: string | undefined): void {
  if (findExecutable(program, path) !== null) return;
  throw new TidemarkError('usage', `--command: ${program} is not there, or not executable`, {
    hint: 'check its path and its permissions',
  });
}
