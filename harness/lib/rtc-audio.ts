/**
 * Audio of a participant of `@livekit/rtc-node`, by the SDK that is handed in: for the measured host, whatever its
 * version, and for peers. Part of a measured process: it imports nothing, and keeps nothing of what has ended.
 */
export interface RtcSdk {
  readonly AudioFrame: new (
    data: Int16Array,
    sampleRate: number,
    channels: number,
    samplesPerChannel: number,
  ) => unknown;
  readonly AudioSource: new (sampleRate: number, channels: number, queueMs: number) => AudioSource;
  readonly AudioStream: new (track: object) => ReadableStream<unknown>;
  readonly LocalAudioTrack: {
    createAudioTrack(name: string, source: AudioSource): LocalTrack;
  };
  readonly TrackPublishOptions: new () => object;
}

interface AudioSource {
  captureFrame(frame: unknown): Promise<void>;
}

interface LocalTrack {
  close(): Promise<void>;
}

/** What is used of a room that is connected. */
export interface RtcRoom {
  readonly localParticipant?: {
    publishTrack(track: LocalTrack, options: object): Promise<{ readonly sid?: string }>;
    unpublishTrack(sid: string): Promise<void>;
  };
  readonly remoteParticipants: ReadonlyMap<string, RemoteParticipant>;
  on(event: 'trackSubscribed', listener: OnSubscribed): unknown;
  off(event: 'trackSubscribed', listener: OnSubscribed): unknown;
}

interface RemoteParticipant {
  readonly identity: string;
  readonly trackPublications: ReadonlyMap<string, { readonly track?: object | undefined }>;
}

type OnSubscribed = (track: object, publication: object, participant: RemoteParticipant) => void;

export interface Tone {
  /** Takes the track out of the room. */
  unpublish(): Promise<void>;
  /** Stops playing and gives everything back; also after the room has been left. */
  close(): Promise<void>;
}

const RATE = 48_000;
/** Frames of 10 ms, as libwebrtc wants them. */
const SAMPLES = RATE / 100;
const HERTZ = 500;
const AMPLITUDE = 8000;
/** A frame that does not fit waits for its turn, which is what keeps the pace; a short queue also ends soon. */
const QUEUE_MS = 50;

/** Publishes a track and plays a tone on it. */
export async function playTone(sdk: RtcSdk, room: RtcRoom): Promise<Tone> {
  const { localParticipant } = room;
  if (localParticipant === undefined) throw new Error('the room is not connected');
  const source = new sdk.AudioSource(RATE, 1, QUEUE_MS);
  const track = sdk.LocalAudioTrack.createAudioTrack('tone', source);
  let playing = true;
  let sid: string | undefined;
  try {
    ({ sid } = await localParticipant.publishTrack(track, new sdk.TrackPublishOptions()));
  } catch (error) {
    await track.close();
    throw error;
  }
  const data = Int16Array.from({ length: SAMPLES }, (_, at) =>
    Math.round(AMPLITUDE * Math.sin((2 * Math.PI * HERTZ * at) / RATE)),
  );
  const frame = new sdk.AudioFrame(data, RATE, 1, SAMPLES);
  const play = async (): Promise<void> => {
    while (playing) await source.captureFrame(frame);
  };
  const played = play();
  // Who closes the tone is told; nobody else waits for it.
  played.catch(() => undefined);
  return {
    unpublish: () => localParticipant.unpublishTrack(sid ?? ''),
    async close() {
      playing = false;
      try {
        // A source that is closed under a frame would leave that frame waiting for ever.
        await played;
      } finally {
        // Closes the source too.
        await track.close();
      }
    },
  };
}

/** Calls back for every audio track of others, those there are and those that come, until it is told to stop. */
export function onAudioTrack(
  room: RtcRoom,
  found: (track: object, from: string) => void,
): () => void {
  const listener: OnSubscribed = (track, _, { identity }) => found(track, identity);
  room.on('trackSubscribed', listener);
  for (const { identity, trackPublications } of room.remoteParticipants.values()) {
    for (const { track } of trackPublications.values()) {
      if (track !== undefined) found(track, identity);
    }
  }
  return () => void room.off('trackSubscribed', listener);
}

export interface AudioReader {
  /** Resolves when so many frames were read in all, rejects when the stream ends before. */
  frames(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens a stream on a track; one that is not read is left alone. */
export function openStream(sdk: RtcSdk, track: object, read: boolean): AudioReader {
  const stream = new sdk.AudioStream(track);
  if (!read) {
    const notRead = async (): Promise<void> => {
      throw new Error('the stream is not read');
    };
    return { frames: notRead, close: () => stream.cancel() };
  }
  const reader = stream.getReader();
  const waiting = new Map<() => void, { count: number; reject: (error: Error) => void }>();
  let seen = 0;
  let ended = false;
  const end = (): void => {
    ended = true;
    for (const { reject } of waiting.values())
      reject(new Error(`the stream ended at ${seen} frames`));
    waiting.clear();
  };
  const pump = async (): Promise<void> => {
    while (!(await reader.read()).done) {
      seen += 1;
      for (const [resolve, { count }] of waiting) {
        if (count > seen) continue;
        waiting.delete(resolve);
        resolve();
      }
    }
  };
  pump().then(end, end);
  return {
    frames: (count) =>
      new Promise((resolve, reject) => {
        if (count <= seen) resolve();
        else if (ended) reject(new Error(`the stream ended at ${seen} frames`));
        else waiting.set(resolve, { count, reject });
      }),
    close: () => reader.cancel(),
  };
}
