/**
 * What a participant of the measured host does beside being in the room, as requests of plain JSON that name the
 * participant. Part of the measured process: it keeps what is open and nothing else.
 */
import {
  type AudioReader,
  onAudioTrack,
  openStream,
  playTone,
  type RtcRoom,
  type RtcSdk,
  type Tone,
} from '../lib/rtc-audio.ts';

export interface MediaRequest {
  readonly identity: string;
  /** Of `openStream`: whose track. */
  readonly from?: string;
  readonly read?: boolean;
  /** Name of a stream, given by who asks for it. */
  readonly stream?: string;
  /** Of `frames`. */
  readonly count?: number;
}

type Method = (request: MediaRequest) => Promise<void>;

export interface HostMedia {
  readonly methods: Readonly<Record<string, Method>>;
  /** Closes the streams of a participant who leaves; what is returned gives its track back once the room is left. */
  end(identity: string): Promise<() => Promise<void>>;
}

interface Open {
  tone?: Tone;
  readonly streams: Map<string, AudioReader>;
  /** Stop waiting for a track. */
  readonly waiting: Set<() => void>;
}

export function hostMedia(sdk: RtcSdk, rooms: ReadonlyMap<string, RtcRoom>): HostMedia {
  const all = new Map<string, Open>();
  const roomOf = (identity: string): RtcRoom => {
    const room = rooms.get(identity);
    if (room === undefined) throw new Error(`${identity} is in no room`);
    return room;
  };
  const of = (identity: string): Open => {
    const open = all.get(identity) ?? { streams: new Map(), waiting: new Set() };
    all.set(identity, open);
    return open;
  };
  const streamOf = ({ identity, stream = '' }: MediaRequest): AudioReader => {
    const reader = all.get(identity)?.streams.get(stream);
    if (reader === undefined) throw new Error(`${identity} has no stream ${stream}`);
    return reader;
  };
  const methods: Record<string, Method> = {
    async publishTone({ identity }) {
      const tone = await playTone(sdk, roomOf(identity));
      of(identity).tone = tone;
    },
    async unpublish({ identity }) {
      const open = of(identity);
      const { tone } = open;
      delete open.tone;
      await tone?.unpublish();
      await tone?.close();
    },
    async subscribed({ identity, from = '' }) {
      await audioTrackOf(roomOf(identity), from, of(identity).waiting);
    },
    async openStream({ identity, from = '', read = false, stream = '' }) {
      const track = await audioTrackOf(roomOf(identity), from, of(identity).waiting);
      of(identity).streams.set(stream, openStream(sdk, track, read));
    },
    frames: async (request) => await streamOf(request).frames(request.count ?? 0),
    async closeStream(request) {
      const reader = streamOf(request);
      all.get(request.identity)?.streams.delete(request.stream ?? '');
      await reader.close();
    },
  };
  return {
    methods,
    async end(identity) {
      const open = all.get(identity);
      all.delete(identity);
      for (const stop of open?.waiting ?? []) stop();
      for (const reader of open?.streams.values() ?? []) await reader.close();
      return async () => await open?.tone?.close();
    },
  };
}

/** The first audio track of that participant, as soon as it is subscribed to. */
function audioTrackOf(room: RtcRoom, from: string, waiting: Set<() => void>): Promise<object> {
  return new Promise((resolve, reject) => {
    let off: () => void = () => undefined;
    const stop = (): void => {
      off();
      waiting.delete(stop);
      reject(new Error(`left before ${from} was heard`));
    };
    waiting.add(stop);
    off = onAudioTrack(room, (track, identity) => {
      if (identity !== from) return;
      resolve(track);
      // Not at once: a track that is there already is told before `off` is known.
      queueMicrotask(stop);
    });
  });
}
