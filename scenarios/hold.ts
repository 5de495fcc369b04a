import { TidemarkError } from '../harness/contracts/errors.ts';
import type { RunningTarget, ScenarioContext } from '../harness/contracts/plugins.ts';
import { defineScenario } from '../harness/define.ts';
import { sleep } from '../harness/lib/sleep.ts';
import { joinTarget, oneOf } from './_participants.ts';

const SCENARIO = 'hold';
const STREAM = { name: 'stream', values: ['read', 'unread', 'none'] } as const;
/** Longer than any call that is held: an agent's room is not kept by the agent. */
const EMPTY_SECONDS = 24 * 3600;

/** Ends the call and everything in it. */
type End = () => Promise<void>;
const calls = new WeakMap<RunningTarget, End>();

/** What grows here grows with time: the call is joined once, and held while slices of it pass. */
export default defineScenario({
  id: SCENARIO,
  title: 'hold one long call',
  description:
    'join a room in which a participant outside the target plays a tone, open a stream of it, and stay; a cycle is a slice of the call',
  services: ['livekit-server'],
  needs: ['join', 'media'],
  pace: 'time',
  parameters: {
    /** `unread`: a stream is opened and nobody reads it. `none`: the track is only subscribed to. */
    stream: 'read',
    sliceMs: 2000,
  },

  async setup(ctx) {
    const stream = oneOf(SCENARIO, ctx, STREAM);
    const { rooms, peers, target } = ctx;
    const room = await rooms.create(EMPTY_SECONDS);
    const peer = await peers.join({ room, publishes: true });
    const session = await joinTarget(ctx, room);
    const { identity: from } = peer;
    await session.media.subscribed(from);
    const opened =
      stream === 'none' ? null : await session.media.openStream({ from, read: stream === 'read' });
    calls.set(target, async () => {
      await opened?.close();
      await session.leave();
      await peer.leave();
      await rooms.remove(room);
      await rooms.waitUntilGone(room);
    });
  },

  async cycle({ parameters, signal, target }: ScenarioContext) {
    if (!calls.has(target)) throw new TidemarkError('internal', 'the call was not set up');
    await sleep(Number(parameters.sliceMs), signal);
  },

  async teardown({ target }) {
    await calls.get(target)?.();
    calls.delete(target);
  },
});
