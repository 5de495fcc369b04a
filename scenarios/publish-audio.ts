import { defineScenario } from '../harness/define.ts';
import { joinTarget, withPeer } from './_participants.ts';

/** Neither unpublished nor closed before it leaves: most programs just leave. */
export default defineScenario({
  id: 'publish-audio',
  title: 'publish an audio track and leave',
  description: 'join a room, publish a tone, be heard by a participant outside the target, leave',
  services: ['livekit-server'],
  needs: ['join', 'media'],
  parameters: {
    /** Frames of 10 ms that the other participant must have heard. */
    frames: 10,
  },

  async cycle(ctx) {
    await withPeer(ctx, { reads: true }, async (room, peer) => {
      const session = await joinTarget(ctx, room);
      await session.media.publishTone();
      await peer.frames(Number(ctx.parameters.frames));
      await session.leave();
    });
  },
});
