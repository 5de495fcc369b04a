/** A participant outside the target, so that nothing it leaks is counted as the target's. */
export interface Peer {
  readonly identity: string;
  /** Resolves when it has read so many frames of others' audio in all. */
  frames(count: number): Promise<void>;
  leave(): Promise<void>;
}

export interface PeersApi {
  /** Resolves when it is in the room, and its track, when it publishes a tone, is published. */
  join(request: {
    readonly room: string;
    readonly publishes?: boolean;
    readonly reads?: boolean;
  }): Promise<Peer>;
}
