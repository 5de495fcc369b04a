import type { ScenarioContext } from '../harness/contracts/plugins.ts';
import { defineScenario } from '../harness/define.ts';
import { joinTarget, oneOf, withPeer } from './_participants.ts';

const SCENARIO = 'call';
const STEPS = ['join', 'publish', 'subscribe', 'stream'] as const;
const UP_TO = { name: 'upTo', values: STEPS } as const;
const PUBLISHER = { name: 'publisher', values: ['stays', 'leaves'] } as const;

/** Each step does what the one before does, and more: the first that grows names what leaks. */
export default defineScenario({
  id: SCENARIO,
  title: 'a call, up to a step',
  description:
    'join a room with one other participant; publish a tone; be subscribed to a tone; read a stream of it; leave',
  services: ['livekit-server'],
  needs: ['join', 'media'],
  parameters: {
    upTo: 'stream',
    /** Whether the other participant's track is still published when the target leaves. */
    publisher: 'stays',
    /** Frames of 10 ms that are heard in each direction. */
    frames: 10,
  },
  ladder: { parameter: 'upTo', steps: STEPS },

  async setup(ctx) {
    stepsOf(ctx);
  },

  async cycle(ctx) {
    const { does, publisherLeaves } = stepsOf(ctx);
    const frames = Number(ctx.parameters.frames);
    const peerDoes = { reads: does('publish'), publishes: does('subscribe') };
    await withPeer(ctx, peerDoes, async (room, peer) => {
      const session = await joinTarget(ctx, room);
      const { media } = session;
      if (does('publish')) {
        await media.publishTone();
        await peer.frames(frames);
      }
      if (does('subscribe')) await media.subscribed(peer.identity);
      if (does('stream')) {
        const stream = await media.openStream({ from: peer.identity, read: true });
        await stream.frames(frames);
        await stream.close();
      }
      if (publisherLeaves) await peer.leave();
      await session.leave();
    });
  },
});

type Step = (typeof STEPS)[number];

function stepsOf(ctx: Pick<ScenarioContext, 'parameters'>): {
  readonly does: (step: Step) => boolean;
  readonly publisherLeaves: boolean;
} {
  const last = STEPS.indexOf(oneOf(SCENARIO, ctx, UP_TO));
  return {
    does: (step) => STEPS.indexOf(step) <= last,
    publisherLeaves: oneOf(SCENARIO, ctx, PUBLISHER) === 'leaves',
  };
}
