import { TidemarkError } from '../contracts/errors.ts';
import type { TargetSpec } from '../contracts/plan.ts';

const SPEC =
  /^([a-z][a-z0-9-]*)(?:@([0-9A-Za-z][0-9A-Za-z.-]*))?((?:\+[a-z]+[0-9][0-9A-Za-z.-]*)*)$/;
const VARIANT = /\+([a-z]+)([0-9][0-9A-Za-z.-]*)/g;

/** `rtc-node@1.1.0+ffi0.12.80` -> id, version, variants. */
export function parseTargetSpec(text: string): TargetSpec {
  const match = SPEC.exec(text);
  if (match === null) {
    throw new TidemarkError(
      'usage',
      `target '${text}' is not of the form name[@version][+partVERSION]`,
      {
        hint: 'for example rtc-node@1.1.0 or rtc-node@1.1.0+ffi0.12.80',
      },
    );
  }
  const [, id = '', version, rest = ''] = match;
  const variants = Object.fromEntries(
    [...rest.matchAll(VARIANT)].map(([, name = '', value = '']) => [name, value]),
  );
  return { id, ...(version === undefined ? {} : { version }), variants, text };
}
