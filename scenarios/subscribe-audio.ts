import { defineScenario } from '../harness/define.ts';
import { joinTarget, oneOf, withPeer } from './_participants.ts';

const SCENARIO = 'subscribe-audio';
const PUBLISHER = { name: 'publisher', values: ['stays', 'leaves'] } as const;

/** Whether the publisher is still there when the target leaves makes the difference for some clients. */
export default defineScenario({
  id: SCENARIO,
  title: 'hear an audio track and leave',
  description:
    'join a room in which a participant outside the target plays a tone, read some frames of it, close the stream, leave',
  services: ['livekit-server'],
  needs: ['join', 'media'],
  parameters: {
    /** Frames of 10 ms to read. */
    frames: 10,
    /** `stays`: the publisher is there when the target leaves. `leaves`: it has left before. */
    publisher: 'stays',
  },

  async setup(ctx) {
    oneOf(SCENARIO, ctx, PUBLISHER);
  },

  async cycle(ctx) {
    const publisher = oneOf(SCENARIO, ctx, PUBLISHER);
    await withPeer(ctx, { publishes: true }, async (room, peer) => {
      const session = await joinTarget(ctx, room);
      const stream = await session.media.openStream({ from: peer.identity, read: true });
      await stream.frames(Number(ctx.parameters.frames));
      await stream.close();
      if (publisher === 'leaves') await peer.leave();
      await session.leave();
    });
  },
});
