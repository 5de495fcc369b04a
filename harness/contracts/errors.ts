/** Process exit codes; several at once resolve to the first of 2, 130, 1, 4, 3, 0. */
export const EXIT = {
  pass: 0,
  found: 1,
  usage: 2,
  inconclusive: 3,
  broken: 4,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The one table of error codes: what each means for the exit code. */
const ERROR_CODES = {
  usage: EXIT.usage,
  config: EXIT.usage,
  platform: EXIT.usage,
  setup: EXIT.broken,
  service: EXIT.broken,
  target: EXIT.broken,
  allocator: EXIT.broken,
  internal: EXIT.broken,
  interrupted: EXIT.interrupted,
} as const;
export type ErrorCode = keyof typeof ERROR_CODES;

/** An error for a person: one line that says what happened and, after it, what to do. */
export class TidemarkError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TidemarkError';
    this.code = code;
    this.hint = options.hint;
  }

  get exitCode(): ExitCode {
    return ERROR_CODES[this.code];
  }
}
