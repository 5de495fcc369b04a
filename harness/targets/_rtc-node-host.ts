/**
 * The whole of what tidemark puts into a measured rtc-node process, beside the SDK itself. It runs as compiled
 * JavaScript, imports nothing, keeps no history, logs nothing, and ends when its channel to the harness closes.
 */
interface Room {
  connect(url: string, token: string): Promise<unknown>;
  disconnect(): Promise<unknown>;
  once(event: 'disconnected', listener: () => void): unknown;
}

interface Request {
  readonly id: number;
  readonly method: 'join' | 'leave';
  readonly identity: string;
  readonly url: string;
  readonly token: string;
}

const sdk: { readonly Room: new () => Room } = await import(process.argv[2] ?? '');
const rooms = new Map<string, Room>();

async function join({ url, token, identity }: Request): Promise<void> {
  const room = new sdk.Room();
  await room.connect(url, token);
  rooms.set(identity, room);
  room.once('disconnected', () => {
    rooms.delete(identity);
    if (process.connected) process.send?.({ ended: identity });
  });
}

async function leave({ identity }: Request): Promise<void> {
  const room = rooms.get(identity);
  rooms.delete(identity);
  await room?.disconnect();
}

process.on('message', (request: Request) => {
  const work = request.method === 'join' ? join(request) : leave(request);
  work.then(
    () => process.send?.({ id: request.id }),
    (error: unknown) => process.send?.({ id: request.id, error: String(error) }),
  );
});
process.once('disconnect', () => process.exit());
process.send?.({ ready: true });
