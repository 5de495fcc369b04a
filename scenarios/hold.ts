import { TidemarkError } from '../harness/contracts/errors.ts';
import type { RunningTarget, ScenarioContext } from '../harness/contracts/plugins.ts';
import { defineScenario } from '../harness/define.ts';
import { sleep } from '../harness/lib/sleep.ts';
import { joinTarget, oneOf } from './_participants.ts';

const SCENARIO = 'hold';
const STREAM = { name: 'stream', values: ['read', 'unread', 'none'] } as const;
/** Longer than any call that is held. */
const EMPTY_SECONDS = 24 * 3600;

/** Undoes what was done, the last first. */
type End = () => Promise<void>;
const calls = new WeakMap<RunningTarget, End>();

/** What grows here grows with time: the call is joined once, and held while slices of it pass. */
export default defineScenario({
  id: SCENARIO,
  title: 'hold one long call',
  description:
    'join a room in which a participant outside the target plays a tone, open a stream of it, and stay; a cycle is a slice of the call',
  services: ['livekit-server'],
  needs: [],
  needsOneOf: [['join', 'media'], ['job']],
  pace: 'time',
  parameters: {
    /** `unread`: a stream is opened and nobody reads it. `none`: the track is only subscribed to. */
    stream: 'read',
    sliceMs: 2000,
    /** Name of an agent that asks for explicit dispatch (target agent-worker, which reads what it wants to). */
    agent: '',
  },

  waitsSeconds: ({ sliceMs }) => Number(sliceMs) / 1000,

  async setup(ctx) {
    oneOf(SCENARIO, ctx, STREAM);
    const undo: End[] = [];
    const end: End = async () => {
      for (let last = undo.pop(); last !== undefined; last = undo.pop()) await last();
    };
    try {
      await begin(ctx, undo);
    } catch (error) {
      await end();
      throw error;
    }
    calls.set(ctx.target, end);
  },

  async cycle({ parameters, signal, target }) {
    if (!calls.has(target)) throw new TidemarkError('internal', 'the call was not set up');
    await sleep(Number(parameters.sliceMs), signal);
  },

  async teardown({ target }) {
    await calls.get(target)?.();
    calls.delete(target);
  },
});

async function begin(ctx: ScenarioContext, undo: End[]): Promise<void> {
  const { rooms, peers, target } = ctx;
  const room = await rooms.create(EMPTY_SECONDS);
  undo.push(async () => {
    await rooms.remove(room);
    await rooms.waitUntilGone(room);
  });
  const peer = await peers.join({ room, publishes: true });
  undo.push(() => peer.leave());
  if (target.startJob !== undefined) await beginJob(ctx, room, undo);
  else await beginSession(ctx, { room, from: peer.identity }, undo);
}

async function beginSession(
  ctx: ScenarioContext,
  { room, from }: { readonly room: string; readonly from: string },
  undo: End[],
): Promise<void> {
  const stream = oneOf(SCENARIO, ctx, STREAM);
  const { media, leave } = await joinTarget(ctx, room);
  undo.push(leave);
  await media.subscribed(from);
  if (stream === 'none') return;
  const opened = await media.openStream({ from, read: stream === 'read' });
  undo.push(opened.close);
}

/** The agent stays until its room is removed, with the stream that it was asked for. */
async function beginJob(ctx: ScenarioContext, room: string, undo: End[]): Promise<void> {
  const { rooms, target, parameters } = ctx;
  const job = await target.startJob?.({
    rooms,
    room,
    agentName: String(parameters.agent),
    toneMs: 0,
    stays: true,
    stream: oneOf(SCENARIO, ctx, STREAM),
    // Of the cell, not of this step: the job goes on when the call has been set up.
    signal: new AbortController().signal,
  });
  undo.push(async () => {
    await rooms.remove(room);
    await job?.ended();
  });
}
