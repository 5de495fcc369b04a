/**
 * The whole of what tidemark puts into a measured rtc-node process, beside the SDK itself and `_rtc-node-media`. It runs
 * as compiled JavaScript, imports no package, keeps no history, logs nothing, and ends when its channel to the harness
 * closes.
 */
import type { RtcRoom, RtcSdk } from '../lib/rtc-audio.ts';
import { hostMedia, type MediaRequest } from './_rtc-node-media.ts';

interface Room extends RtcRoom {
  connect(url: string, token: string): Promise<unknown>;
  disconnect(): Promise<unknown>;
  once(event: 'disconnected', listener: () => void): unknown;
}

interface Request extends MediaRequest {
  readonly id: number;
  readonly method: string;
  readonly url: string;
  readonly token: string;
}

const sdk: RtcSdk & { readonly Room: new () => Room } = await import(process.argv[2] ?? '');
const rooms = new Map<string, Room>();
const media = hostMedia(sdk, rooms);

async function join({ url, token, identity }: Request): Promise<void> {
  const room = new sdk.Room();
  await room.connect(url, token);
  rooms.set(identity, room);
  room.once('disconnected', () => {
    rooms.delete(identity);
    if (process.connected) process.send?.({ ended: identity });
    // Its end has been told; that something was closed already is no news.
    closeAll(identity).catch(() => undefined);
  });
}

const closeAll = async (identity: string): Promise<void> => (await media.end(identity))();

async function leave({ identity }: Request): Promise<void> {
  const room = rooms.get(identity);
  rooms.delete(identity);
  const closeTone = await media.end(identity);
  await room?.disconnect();
  await closeTone();
}

const methods: Readonly<Record<string, (request: Request) => Promise<void>>> = {
  join,
  leave,
  ...media.methods,
};

async function answer(request: Request): Promise<void> {
  const work = methods[request.method];
  if (work === undefined) throw new Error(`there is no ${request.method} here`);
  await work(request);
}

process.on('message', (request: Request) => {
  answer(request).then(
    () => process.send?.({ id: request.id }),
    (error: unknown) => process.send?.({ id: request.id, error: String(error) }),
  );
});
process.once('disconnect', () => process.exit());
process.send?.({ ready: true });
