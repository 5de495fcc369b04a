interface Collectable {
  readonly pid: number;
  collectGarbage(): Promise<void>;
}

/** The DevTools protocol of a V8: of a Node process or of a page. */
export interface Protocol {
  send(method: string, params?: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** Calls the listener with the parameters of each such event, until the returned function is called. */
  on(event: string, listener: (params: unknown) => void): () => void;
}

export interface V8Runtime extends Collectable {
  readonly kind: 'v8';
  /** For costly looks; a measured run enables no domain through it, since an enabled one retains objects. */
  readonly protocol: Protocol;
  /** The V8 of a browser's page: its protocol also has the domains of pages. */
  readonly isPage?: true;
  heapUsage(): Promise<{ readonly usedBytes: number; readonly totalBytes: number }>;
}

/** A browser as a whole; its pages are V8 runtimes of their own. */
export interface BrowserRuntime extends Collectable {
  readonly kind: 'browser';
  readonly protocol: Protocol;
}

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

export interface PythonRuntime extends Collectable {
  readonly kind: 'python';
  counts(): Promise<PythonCounts>;
  /** For costly looks: `start` begins to note allocations (none is returned), `read` gives the lines that hold most. */
  traceAllocations?(what: 'start' | 'read'): Promise<readonly PythonAllocation[]>;
}

/** A managed runtime inside the target that can be asked from outside. */
export type ManagedRuntime = V8Runtime | PythonRuntime | BrowserRuntime;
