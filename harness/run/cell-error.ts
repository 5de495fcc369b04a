import { TidemarkError } from '../contracts/errors.ts';
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

/** A cell's failure is one line: what to do stands in brackets behind what happened. */
export const withHint = (error: unknown): string =>
  error instanceof TidemarkError && error.hint !== undefined
    ? `${error.message} (${error.hint})`
    : messageOf(error);
