import { type ChildExit, startChild } from './child.ts';

export interface CommandOptions {
  readonly command: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
}

export interface CommandResult extends ChildExit {
  readonly stdout: string;
}

/** Runs a command to its end. A bad exit code is a result, not an exception; an abort ends the whole tree. */
export async function runCommand(options: CommandOptions): Promise<CommandResult> {
  const { signal, onLine, ...rest } = options;
  signal?.throwIfAborted();
  const lines: string[] = [];
  const child = await startChild({
    ...rest,
    onLine: (line, stream) => {
      if (stream === 'stdout') lines.push(line);
      onLine?.(line, stream);
    },
  });
  const abort = (): void => void child.stop(500);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const exit = await child.exited;
    signal?.throwIfAborted();
    return { ...exit, stdout: lines.join('\n') };
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
