import type { ChildProcess } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
import type { Readable } from 'node:stream';

export interface Output {
  /** The last few kilobytes, trimmed. */
  tail(): string;
  /** Adds a line of the harness's own. */
  note(line: string): void;
  end(): void;
}

const TAIL_CHARS = 4096;
/** A program that logs without end must not fill the disk. */
const LOG_LIMIT_BYTES = 16 * 1024 * 1024;
const LINE_LIMIT_CHARS = 64 * 1024;

interface OutputOptions {
  readonly logFd: number | null;
  /** Lines that are no news: left out of the tail, kept in the log. */
  readonly ignore: RegExp | undefined;
  readonly onLine: ((line: string, stream: 'stdout' | 'stderr') => void) | undefined;
  /** Hides the secrets that the child was given: its log is kept with the run. */
  readonly hide: (text: string) => string;
}

/**
 * Reads both output streams as long as the child lives (an unread pipe would stop it): the end is kept for error
 * messages, each line goes to the log at once, so that it survives a harness that is killed. By lines, because half a
 * secret cannot be found.
 */
export function keepOutput(child: ChildProcess, options: OutputOptions): Output {
  let { logFd } = options;
  let logged = 0;
  let tail = '';
  const keep = (text: string): void => {
    tail = (tail + text).slice(-TAIL_CHARS);
    if (logFd === null) return;
    logged += writeSync(logFd, text);
    if (logged > LOG_LIMIT_BYTES) {
      writeSync(logFd, '\n(tidemark: the log was cut here)\n');
      closeLog();
    }
  };
  const closeLog = (): void => {
    if (logFd !== null) closeSync(logFd);
    logFd = null;
  };
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = child[name];
    if (stream === null) continue;
    readLines(stream, (raw, end) => {
      const line = options.hide(raw);
      keep(`${line}${end}`);
      options.onLine?.(line, name);
    });
  }
  return {
    tail: () => {
      const lines = tail.split('\n');
      return lines
        .filter((line) => options.ignore?.test(line) !== true)
        .join('\n')
        .trim();
    },
    note: (line) => keep(`${line}\n`),
    end: () => {
      closeLog();
      child.stdout?.destroy();
      child.stderr?.destroy();
    },
  };
}

function readLines(stream: Readable, onLine: (line: string, end: '\n' | '') => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line, '\n');
    if (rest.length <= LINE_LIMIT_CHARS) return;
    onLine(rest, '');
    rest = '';
  });
  // A pipe that breaks is the child's end, which its exit reports.
  stream.on('error', (error) => onLine(`(${error.message})`, '\n'));
  stream.on('end', () => {
    if (rest !== '') onLine(rest, '');
    rest = '';
  });
}
