import { z } from 'zod';
import { configSchema } from './config.ts';
import { resultSchema } from './result-schema.ts';

/** What is published in `docs/schema`, by file name. */
export function jsonSchemas(): Readonly<Record<string, object>> {
  const options = { io: 'input', reused: 'ref' } as const;
  return {
    'config.json': {
      title: 'tidemark.config',
      description: 'What to measure and what is allowed: tidemark.config.json or .yaml',
      ...z.toJSONSchema(configSchema, options),
    },
    'result.json': {
      title: 'tidemark result',
      description: 'What a run found. Fields may be added; schemaVersion changes when one goes.',
      ...z.toJSONSchema(resultSchema, options),
    },
  };
}
