interface Failure {
  readonly kind: string;
  readonly cycle: number;
  readonly reason: string;
}

/** `target-died in cycle 4: signal SIGKILL`; a reason that only repeats the kind is left out. */
export function failureText({ kind, cycle, reason }: Failure): string {
  const when = cycle === 0 ? 'before the first cycle' : `in cycle ${cycle}`;
  return reason === kind ? `${kind} ${when}` : `${kind} ${when}: ${reason}`;
}
