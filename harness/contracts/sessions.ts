import type { RoomsApi } from './plugins.ts';

export interface TargetStream {
  /** Resolves when so many frames were read since the stream was opened; only for a stream that is read. */
  frames(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Capability `media`: what a participant can do beside being in the room. */
export interface TargetMedia {
  /** Publishes an audio track and plays a tone on it until it is unpublished or the session ends. */
  publishTone(): Promise<void>;
  unpublish(): Promise<void>;
  /** Resolves when that participant's audio track is subscribed to. */
  subscribed(from: string): Promise<void>;
  /** Waits until that participant's audio track is subscribed to, then opens a stream on it; one that is not read is left alone. */
  openStream(request: { readonly from: string; readonly read: boolean }): Promise<TargetStream>;
}

/** A participant inside the target. */
export interface TargetSession {
  readonly identity: string;
  readonly media?: TargetMedia;
  leave(): Promise<void>;
  /** Resolves when the participant learns that the other side ended its session. */
  ended(): Promise<void>;
}

export interface JobRequest {
  readonly rooms: RoomsApi;
  readonly room: string;
  /** Name to dispatch to where the target does not know its agent's own; empty: the server dispatches by itself. */
  readonly agentName: string;
  /** Handed to an agent of ours: how long it plays a tone, and whether it stays until its room is removed. */
  readonly toneMs: number;
  readonly stays: boolean;
  /** Whether it opens a stream on the first audio track it hears, and reads it. */
  readonly stream?: 'none' | 'read' | 'unread';
  readonly signal: AbortSignal;
}

/** A job that the target's worker has taken. */
export interface TargetJob {
  /** False for an agent that is not ours: somebody has to remove its room. */
  readonly endsByItself: boolean;
  /** Resolves when the job has really ended: its thread or process is gone, not only its participant. */
  ended(): Promise<void>;
}

// ---------------------------------------------------------------- peers

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
