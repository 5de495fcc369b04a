/**
 * The process of the participants that are not measured. It uses the project's own SDK, obeys requests over its
 * channel, and ends when the channel closes.
 */
import * as sdk from '@livekit/rtc-node';
import {
  type AudioReader,
  onAudioTrack,
  openStream,
  playTone,
  type RtcRoom,
  type RtcSdk,
  type Tone,
} from '../lib/rtc-audio.ts';

interface Request {
  readonly id: number;
  readonly method: 'join' | 'frames' | 'leave';
  readonly identity: string;
  readonly url: string;
  readonly token: string;
  readonly publishes: boolean;
  readonly reads: boolean;
  readonly count: number;
}

interface Present {
  readonly room: sdk.Room;
  readonly tone: Tone | null;
  readonly reads: boolean;
  readonly readers: AudioReader[];
  /** Called with each stream that is opened. */
  onReader: (reader: AudioReader) => void;
}

// The SDK's own types name their members more narrowly than what is used of them.
const audio = sdk as unknown as RtcSdk;
const present = new Map<string, Present>();

async function join({ identity, url, token, publishes, reads }: Request): Promise<void> {
  const room = new sdk.Room();
  await room.connect(url, token, { autoSubscribe: reads, dynacast: false });
  const used = room as unknown as RtcRoom;
  try {
    const tone = publishes ? await playTone(audio, used) : null;
    const one: Present = { room, tone, reads, readers: [], onReader: () => undefined };
    present.set(identity, one);
    if (!reads) return;
    onAudioTrack(used, (track) => {
      const reader = openStream(audio, track, true);
      one.readers.push(reader);
      one.onReader(reader);
    });
  } catch (error) {
    await room.disconnect();
    throw error;
  }
}

/** Frames of the stream that is first to have so many. */
function frames({ identity, count }: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    const one = present.get(identity);
    if (one === undefined) return reject(new Error(`${identity} is in no room`));
    if (!one.reads) return reject(new Error(`${identity} reads nothing`));
    const wait = (reader: AudioReader): void => void reader.frames(count).then(resolve, reject);
    one.onReader = wait;
    for (const reader of one.readers) wait(reader);
  });
}

async function leave({ identity }: Request): Promise<void> {
  const one = present.get(identity);
  present.delete(identity);
  for (const reader of one?.readers ?? []) await reader.close();
  await one?.room.disconnect();
  await one?.tone?.close();
}

const methods = { join, frames, leave };

process.on('message', (request: Request) => {
  methods[request.method](request).then(
    () => process.send?.({ id: request.id }),
    (error: unknown) => process.send?.({ id: request.id, error: String(error) }),
  );
});
process.once('disconnect', () => process.exit());
process.send?.({ ready: true });
