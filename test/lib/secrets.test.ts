import { expect, test } from 'vitest';
import { makeHider, secretArguments, secretValues } from '../../harness/lib/secrets.ts';

test('an environment tells its secrets by their names, and passwords in URLs by their place', () => {
  const values = secretValues({
    OPENAI_API_KEY: 'abcdefgh-1',
    SOME_TOKEN: 'true',
    LIVEKIT_KEYS: 'APIabcdef: 0123456789ab',
    DATABASE_URL: 'postgres://me:opensesame@host/db',
    PATH: '/usr/local/bin:/usr/bin',
    HOME: '/home/somebody',
    DISPLAY: undefined,
  });
  expect(values).toEqual([
    'abcdefgh-1',
    'abcdefgh-1',
    'APIabcdef: 0123456789ab',
    'APIabcdef',
    '0123456789ab',
    'opensesame',
  ]);
});

test('arguments tell theirs by the flag before them', () => {
  const words = [
    '--token',
    'abcdefgh',
    '--api-key=ijklmnop',
    '--secret',
    'short',
    '--room',
    'r1234567',
  ];
  expect(secretArguments(words)).toEqual(['abcdefgh', 'ijklmnop']);
});

test('a value is hidden wherever it stands, the longest first', () => {
  const hide = makeHider(['abcdefgh', 'abcdefgh-ijkl']);
  expect(hide('x abcdefgh-ijkl y/abcdefgh?z token=1')).toBe('x *** y/***?z token=***');
});
