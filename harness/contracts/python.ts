/** What a Python answers through the helper that was put into it. */
export interface PythonCounts {
  /** Blocks of Python's own allocator; their bytes are not known. */
  readonly blocks: number;
  /** Tasks of all event loops that are not done; null where this Python cannot tell. */
  readonly tasks: number | null;
  readonly threads: number;
  /** Instances of the classes that were asked for, by name; null for a class that the program has not loaded. */
  readonly instances: Readonly<Record<string, number | null>>;
}

/** Blocks that one line of Python allocated and that are still there. */
export interface PythonAllocation {
  readonly file: string;
  readonly line: number;
  readonly bytes: number;
  readonly count: number;
}
