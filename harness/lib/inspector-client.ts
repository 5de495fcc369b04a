import { EventEmitter } from 'node:events';
import { WebSocket } from 'ws';
import type { Protocol } from '../contracts/runtimes.ts';
import { within } from './within.ts';

/** A connection to a V8 inspector. It must stay open for the whole measurement: each new one costs the target memory. */
export interface InspectorClient extends Protocol {
  close(): void;
}

interface Reply {
  readonly id?: number;
  /** An event has a method and no id. */
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** What node prints on stderr because it is inspected. */
export const INSPECTOR_CHATTER =
  /^(Debugger (listening on|attached|ending on)|For help, see: https:\/\/nodejs\.org|Waiting for the debugger)/;

/** `Debugger listening on ws://127.0.0.1:1/x` -> its address, which node prints on stderr. */
export function inspectorAddress(line: string): string | null {
  return /^Debugger listening on (ws:\S+)/.exec(line)?.[1] ?? null;
}

/**
 * Enables no domain: `Runtime.enable` makes the target retain every object it logs. Compression is off and messages may
 * have any size, since a heap profile is one message.
 */
export async function connectInspector(url: string, timeoutMs = 10_000): Promise<InspectorClient> {
  const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 0 });
  const pending = new Map<number, Pending>();
  let lastId = 0;
  let closed = new Error('the inspector connection is closed');
  const opened = new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.on('error', (error) => {
      closed = error;
      reject(error);
    });
  });
  socket.on('close', () => {
    for (const { reject } of pending.values()) reject(closed);
    pending.clear();
  });
  const events = new EventEmitter();
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as Reply;
    if (message.method === undefined) settle(pending, message);
    else events.emit(message.method, message.params);
  });
  try {
    await within(opened, timeoutMs, () => new Error('the inspector did not answer'));
  } catch (error) {
    socket.terminate();
    throw error;
  }
  return {
    send: (method, params = {}) =>
      new Promise((resolve, reject) => {
        if (socket.readyState !== WebSocket.OPEN) return reject(closed);
        const id = ++lastId;
        pending.set(id, { resolve, reject });
        socket.send(JSON.stringify({ id, method, params }));
      }),
    on: (event, listener) => {
      events.on(event, listener);
      return () => events.off(event, listener);
    },
    close: () => socket.terminate(),
  };
}

function settle(pending: Map<number, Pending>, reply: Reply): void {
  if (reply.id === undefined) return;
  const waiting = pending.get(reply.id);
  pending.delete(reply.id);
  if (reply.error === undefined) waiting?.resolve(reply.result);
  else waiting?.reject(new Error(reply.error.message));
}
