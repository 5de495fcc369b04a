import type { Protocol } from '../contracts/runtimes.ts';

export interface InstanceCounts {
  /** Class -> objects. */
  readonly classes: Readonly<Record<string, number>>;
  /** `Class event` -> listeners, over all emitters. */
  readonly listeners: Readonly<Record<string, number>>;
}

const GROUP = 'tidemark';

/**
 * Runs inside the program, on the list of all its objects. No getter is called: names and listeners are read as plain
 * values only, and what cannot be read so is not counted.
 */
const COUNT = `function () {
  const classes = Object.create(null);
  const listeners = Object.create(null);
  const plain = (object, key) => {
    const found = Object.getOwnPropertyDescriptor(object, key);
    return found === undefined ? undefined : found.value;
  };
  const add = (into, key, count) => { into[key] = (into[key] || 0) + count; };
  const nameOf = (object) => {
    const prototype = Object.getPrototypeOf(object);
    const made = prototype === null ? undefined : plain(prototype, 'constructor');
    const name = typeof made === 'function' ? plain(made, 'name') : '';
    return typeof name === 'string' && name !== '' ? name : '(none)';
  };
  for (const object of this) {
    try {
      const name = nameOf(object);
      add(classes, name, 1);
      const events = plain(object, '_events');
      if (events === undefined || events === null || typeof events !== 'object') continue;
      for (const event of Reflect.ownKeys(events)) {
        const held = plain(events, event);
        const count = Array.isArray(held) ? held.length : held === undefined ? 0 : 1;
        if (count > 0) add(listeners, name + ' ' + String(event), count);
      }
    } catch (error) {
      // A proxy that throws is somebody else's.
    }
  }
  return { classes: { ...classes }, listeners: { ...listeners } };
}`;

interface Evaluated {
  readonly result?: { readonly objectId?: string; readonly value?: unknown };
  readonly objects?: { readonly objectId?: string };
  readonly exceptionDetails?: { readonly text?: string };
}

/** All objects that inherit from Object, counted by class in one query; what the query held is let go. */
export async function queryInstances({ send }: Protocol): Promise<InstanceCounts> {
  const call = async (method: string, params: Record<string, unknown>): Promise<Evaluated> =>
    (await send(method, params)) as Evaluated;
  try {
    const expression = 'Object.prototype';
    const prototype = await call('Runtime.evaluate', { expression, objectGroup: GROUP });
    const { objects } = await call('Runtime.queryObjects', {
      prototypeObjectId: prototype.result?.objectId,
      objectGroup: GROUP,
    });
    const counted = await call('Runtime.callFunctionOn', {
      objectId: objects?.objectId,
      functionDeclaration: COUNT,
      returnByValue: true,
      objectGroup: GROUP,
    });
    if (counted.exceptionDetails !== undefined)
      throw new Error(`objects could not be counted: ${counted.exceptionDetails.text ?? ''}`);
    return counted.result?.value as InstanceCounts;
  } finally {
    await send('Runtime.releaseObjectGroup', { objectGroup: GROUP });
  }
}
