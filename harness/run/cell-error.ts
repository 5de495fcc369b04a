import type { FailureKind } from '../contracts/ledger.ts';

/** Ends a cell. `reason` is one line for a person; the runner adds cell and cycle. */
export class CellError extends Error {
  readonly kind: FailureKind;

  constructor(kind: FailureKind, reason: string, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause });
    this.name = 'CellError';
    this.kind = kind;
  }
}

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
