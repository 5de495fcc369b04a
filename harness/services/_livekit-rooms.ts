import { randomBytes } from 'node:crypto';
import {
  AccessToken,
  AgentDispatchClient,
  RoomServiceClient,
  TwirpError,
} from 'livekit-server-sdk';
import { TidemarkError } from '../contracts/errors.ts';
import type { RoomsApi } from '../contracts/sessions.ts';
import { sleep } from '../lib/sleep.ts';

export interface ServerAccess {
  readonly url: string;
  readonly key: string;
  readonly secret: string;
}

/** `ParticipantInfo.Kind.AGENT` of LiveKit's protocol, whose names the SDK does not export. */
const AGENT = 4;
/** One request costs the server about a millisecond; a participant is seen within tens of them. */
const POLL_MS = 15;
const WAIT_MS = 10_000;

export function roomsApi(access: ServerAccess): RoomsApi {
  const client = new RoomServiceClient(access.url, access.key, access.secret);
  const dispatches = new AgentDispatchClient(access.url, access.key, access.secret);
  const isGone = async (room: string): Promise<boolean> =>
    (await client.listRooms([room])).length === 0;
  const participants = async (room: string): Promise<string[] | null> => {
    const found = await client.listParticipants(room);
    // The server lists nobody for a room that does not exist.
    if (found.length === 0 && (await isGone(room))) return null;
    return found.map(({ identity }) => identity);
  };
  return {
    url: access.url.replace(/^http/, 'ws'),
    async create(emptySeconds = 1) {
      const name = `tidemark-${randomBytes(6).toString('hex')}`;
      // An empty room lives for 20 s by default, and with it goroutines that look like a leak.
      await client.createRoom({
        name,
        emptyTimeout: emptySeconds,
        departureTimeout: emptySeconds,
      });
      return name;
    },
    async token(room, identity) {
      const token = new AccessToken(access.key, access.secret, { identity, ttl: 600 });
      token.addGrant({ roomJoin: true, room });
      return await token.toJwt();
    },
    participants,
    async waitForParticipant(room, identity) {
      await waitUntil(
        async () => (await client.listParticipants(room)).some((one) => one.identity === identity),
        `${identity} was not seen in its room`,
      );
    },
    async kick(room, identity) {
      await unlessGone(client.removeParticipant(room, identity));
    },
    async remove(room) {
      await unlessGone(client.deleteRoom(room));
    },
    async waitUntilGone(room) {
      await waitUntil(() => isGone(room), 'the room was not removed');
    },
    async dispatch(room, agentName, metadata) {
      await dispatches.createDispatch(room, agentName, { metadata });
    },
    async agents(room) {
      const found = await client.listParticipants(room);
      if (found.length === 0 && (await isGone(room))) return null;
      return found.filter(({ kind }) => kind === AGENT).map(({ identity }) => identity);
    },
  };
}

async function unlessGone<T>(request: Promise<T>): Promise<T | null> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof TwirpError && error.code === 'not_found') return null;
    throw error;
  }
}

async function waitUntil(holds: () => Promise<boolean>, otherwise: string): Promise<void> {
  const end = performance.now() + WAIT_MS;
  while (!(await holds())) {
    if (performance.now() > end) {
      throw new TidemarkError('service', `${otherwise} within ${WAIT_MS / 1000} s`);
    }
    await sleep(POLL_MS);
  }
}
