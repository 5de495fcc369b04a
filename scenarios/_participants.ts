import { TidemarkError } from '../harness/contracts/errors.ts';
import type { ScenarioContext } from '../harness/contracts/plugins.ts';
import type { Peer, TargetMedia, TargetSession } from '../harness/contracts/sessions.ts';

export interface MediaSession extends TargetSession {
  readonly media: TargetMedia;
}

/** The target in that room, and seen there by the server. */
export async function joinTarget(ctx: ScenarioContext, room: string): Promise<MediaSession> {
  const { rooms, target, cycle } = ctx;
  const identity = `tidemark-${cycle}`;
  const token = await rooms.token(room, identity);
  const session = await target.join?.({ url: rooms.url, token, identity });
  if (session === undefined) throw new TidemarkError('internal', 'the target cannot join');
  const { media } = session;
  if (media === undefined) throw new TidemarkError('internal', 'the target has no media');
  await rooms.waitForParticipant(room, identity);
  return { ...session, media };
}

/** A room with a participant outside the target in it; both are gone when the work is done, however it ended. */
export async function withPeer(
  { rooms, peers }: ScenarioContext,
  does: { readonly publishes?: boolean; readonly reads?: boolean },
  work: (room: string, peer: Peer) => Promise<void>,
): Promise<void> {
  const room = await rooms.create();
  try {
    const peer = await peers.join({ room, ...does });
    try {
      await work(room, peer);
    } finally {
      await peer.leave();
    }
  } finally {
    await rooms.remove(room);
  }
  await rooms.waitUntilGone(room);
}

/** The parameter's value when it is one of these, else a usage error that lists them. */
export function oneOf<T extends string>(
  scenario: string,
  ctx: Pick<ScenarioContext, 'parameters'>,
  { name, values }: { readonly name: string; readonly values: readonly T[] },
): T {
  const value = values.find((each) => each === String(ctx.parameters[name]));
  if (value !== undefined) return value;
  throw new TidemarkError('usage', `${scenario} has no ${name} '${ctx.parameters[name]}'`, {
    hint: `there are: ${values.join(', ')}`,
  });
}
