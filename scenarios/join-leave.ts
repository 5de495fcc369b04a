import { TidemarkError } from '../harness/contracts/errors.ts';
import type { ScenarioContext } from '../harness/contracts/plugins.ts';
import type { TargetSession } from '../harness/contracts/sessions.ts';
import { defineScenario } from '../harness/define.ts';

const ENDINGS: Readonly<
  Record<string, (ctx: ScenarioContext, room: string, session: TargetSession) => Promise<void>>
> = {
  leave: async (_, __, session) => await session.leave(),
  'server-end': async ({ rooms }, room, session) => {
    await rooms.remove(room);
    await session.ended();
  },
  kicked: async ({ rooms }, room, session) => {
    await rooms.kick(room, session.identity);
    await session.ended();
  },
};

/** Real leaks differ by how a session ends, and clean leaves are the best tested: the ending is a parameter. */
export default defineScenario({
  id: 'join-leave',
  title: 'join and leave a room',
  description:
    'create a room, connect, be seen in it by the server, leave (or be put out), room gone',
  services: ['livekit-server'],
  needs: ['join'],
  parameters: { ending: 'leave' },

  async setup({ parameters }) {
    endingOf(parameters);
  },

  async cycle(ctx) {
    const { rooms, target, cycle } = ctx;
    const end = endingOf(ctx.parameters);
    const room = await rooms.create();
    try {
      const identity = `tidemark-${cycle}`;
      const token = await rooms.token(room, identity);
      const session = await target.join?.({ url: rooms.url, token, identity });
      if (session === undefined) throw new TidemarkError('internal', 'the target cannot join');
      await rooms.waitForParticipant(room, identity);
      await end(ctx, room, session);
    } finally {
      await rooms.remove(room);
    }
    await rooms.waitUntilGone(room);
  },
});

function endingOf(parameters: ScenarioContext['parameters']) {
  const end = ENDINGS[String(parameters.ending)];
  if (end !== undefined) return end;
  throw new TidemarkError('usage', `join-leave has no ending '${parameters.ending}'`, {
    hint: `there are: ${Object.keys(ENDINGS).join(', ')}`,
  });
}
