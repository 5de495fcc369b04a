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

/** A port of loopback where nothing listens: the lowest, which no program may open without asking. */
const NOBODY = 'ws://127.0.0.1:1';
const REFUSED = 'connect-refused';

/** The target joins where nobody listens; the attempt must fail, and leave nothing behind. */
async function refused({ rooms, target, cycle }: ScenarioContext): Promise<void> {
  const identity = `tidemark-${cycle}`;
  const token = await rooms.token('tidemark-nobody', identity);
  const joined = await target.join?.({ url: NOBODY, token, identity }).catch(() => null);
  if (joined === undefined) throw new TidemarkError('internal', 'the target cannot join');
  if (joined === null) return;
  await joined.leave();
  throw new TidemarkError('target', `it joined at ${NOBODY}, where nothing should listen`);
}

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
    if (parameters.ending !== REFUSED) endingOf(parameters);
  },

  async cycle(ctx) {
    if (ctx.parameters.ending === REFUSED) return await refused(ctx);
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
    hint: `there are: ${[...Object.keys(ENDINGS), REFUSED].join(', ')}`,
  });
}
