import { TidemarkError } from '../contracts/errors.ts';
import type { TargetMedia, TargetSession } from '../contracts/sessions.ts';
import type { BrowserPage, Handle } from './_browser-page.ts';

/**
 * What is asked of the SDK, as text that runs in the page. The page has no code and no variable of ours: a room is held
 * by the protocol alone, and let go when its participant left. A video element or audio element is made by the SDK.
 */
const JOIN = `async function (url, token) {
  this.LivekitClient.setLogLevel('silent');
  const room = new this.LivekitClient.Room();
  await room.connect(url, token);
  return room;
}`;
const LEAVE = 'function () { return this.disconnect().then(() => null); }';
const ENDED = `function () {
  return this.state === 'disconnected' ? null : new Promise((over) => this.once('disconnected', () => over(null)));
}`;
const PUBLISH = `function () {
  return this.localParticipant.setMicrophoneEnabled(true).then(() => null);
}`;
const UNPUBLISH = `async function () {
  for (const { track } of [...this.localParticipant.trackPublications.values()]) {
    if (track) await this.localParticipant.unpublishTrack(track, true);
  }
  return null;
}`;
const FIND = `(from) => {
    const publications = this.remoteParticipants.get(from)?.audioTrackPublications.values() ?? [];
    return [...publications].find((each) => each.track)?.track;
  }`;
const SUBSCRIBED = `async function (from) {
  const find = () => (${FIND})(from);
  while (!find()) await new Promise((wake) => this.once('trackSubscribed', wake));
  return null;
}`;
/** A remote track is played by the element that `attach` makes; one that is not attached is not read. */
const OPEN = `async function (from, read) {
  const find = () => (${FIND})(from);
  while (!find()) await new Promise((wake) => this.once('trackSubscribed', wake));
  const track = find();
  const element = read ? track.attach() : null;
  if (element) await element.play();
  return { track, element };
}`;
const CLOSE = `function () {
  if (this.element) this.track.detach(this.element).remove();
  return null;
}`;
/** A frame is 10 ms, as everywhere in WebRTC. */
const FRAMES = `async function (count) {
  while (this.element.currentTime < count / 100) await new Promise((wake) => setTimeout(wake, 20));
  return null;
}`;

export interface JoinRequest {
  readonly url: string;
  readonly token: string;
  readonly identity: string;
}

/** A participant in that page; `onOver` runs once its session has ended, whoever ended it. */
export async function joinInPage(
  page: BrowserPage,
  { url, token, identity }: JoinRequest,
  onOver: () => Promise<void>,
): Promise<TargetSession> {
  const group = `session of ${identity}`;
  const room = await page.call(JOIN, {
    ask: `join as ${identity}`,
    group,
    with: [url, token],
  });
  let over: Promise<void> | null = null;
  const groups = new Set([group]);
  const end = (): Promise<void> => {
    // Streams that nobody closed too: what only the protocol holds must not look like the SDK's.
    over ??= Promise.all([...groups].map(page.release)).then(onOver);
    return over;
  };
  const run = async (ask: string, code: string): Promise<void> => {
    await page.call(code, { ask, group, on: room });
    await end();
  };
  return {
    identity,
    media: mediaOf(page, room, groups),
    leave: () => run('leave', LEAVE),
    ended: () => run('learn that its session has ended', ENDED),
  };
}

function mediaOf(page: BrowserPage, room: Handle, groups: Set<string>): TargetMedia {
  const [group = ''] = groups;
  const run = async (ask: string, code: string, ...given: readonly string[]): Promise<void> =>
    void (await page.call(code, { ask, group, on: room, with: given }));
  return {
    publishTone: () => run('publish a tone', PUBLISH),
    unpublish: () => run('unpublish', UNPUBLISH),
    subscribed: (from) => run(`subscribe to ${from}`, SUBSCRIBED, from),
    async openStream({ from, read }) {
      const of = `${group}, stream of ${from}`;
      groups.add(of);
      const stream = await page.call(OPEN, {
        ask: `open a stream on ${from}`,
        group: of,
        on: room,
        with: [from, read],
      });
      return {
        async frames(count) {
          if (!read) throw new TidemarkError('internal', 'a stream that is not read has no frames');
          await page.call(FRAMES, {
            ask: `play ${count} frames`,
            group: of,
            on: stream,
            with: [count],
          });
        },
        async close() {
          await page.call(CLOSE, { ask: 'close a stream', group: of, on: stream });
          await page.release(of);
        },
      };
    },
  };
}
