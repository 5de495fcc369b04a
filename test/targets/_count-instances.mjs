const GROUP = 'tidemark instances';

/**
 * How many objects with that prototype a V8 holds, after the garbage collection that the query brings with it. The
 * expression names the prototype (`LivekitClient.Room.prototype`). Costs a tenth of a second and more, and memory that
 * stays: not for every cycle.
 */
export async function countInstances(protocol, prototype) {
  try {
    const asked = { expression: prototype, objectGroup: GROUP };
    const { objectId } = resultOf(await protocol.send('Runtime.evaluate', asked), prototype);
    if (objectId === undefined) throw new Error(`${prototype} is no object`);
    const found = await protocol.send('Runtime.queryObjects', {
      prototypeObjectId: objectId,
      objectGroup: GROUP,
    });
    const counted = await protocol.send('Runtime.callFunctionOn', {
      objectId: found.objects.objectId,
      functionDeclaration: 'function () { return this.length; }',
      returnByValue: true,
    });
    return Number(resultOf(counted, prototype).value);
  } finally {
    // What the protocol holds would be found again by the next query, and be kept by it.
    await protocol.send('Runtime.releaseObjectGroup', { objectGroup: GROUP });
  }
}

function resultOf(answer, prototype) {
  const { result, exceptionDetails } = answer;
  if (exceptionDetails === undefined) return result;
  const why = exceptionDetails.exception?.description?.split('\n')[0] ?? 'it cannot be evaluated';
  throw new Error(`${prototype}: ${why}`);
}
