/** What a rule found in a scene. */
export interface Finding {
  /** One sentence with numbers and units. */
  readonly says: string;
  readonly leaking?: readonly string[];
  readonly driver?: 'cycles' | 'time';
  /** Undecided only: what would decide. */
  readonly wouldDecide?: string | null;
}
