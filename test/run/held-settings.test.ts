import { describe, expect, it } from 'vitest';
import { holdSecrets, takeSecrets } from '../../harness/run/held-settings.ts';
import { planOf } from '../analyze/build-ledger.ts';

const plan = planOf({ cells: [{}] });
const withCommand = (command: string) => ({ ...plan, settings: { ...plan.settings, command } });

describe('the plan as it is stored', () => {
  it('loses its secrets, and has them again in the process that measures, once', () => {
    const env: NodeJS.ProcessEnv = {};
    const given = withCommand('bot --token abcdefgh');
    const stored = holdSecrets(given, env);
    expect(stored.settings.command).toBe('bot --token ***');
    expect(takeSecrets(stored, env)).toEqual(given);
    expect(env).toEqual({});
    expect(() => takeSecrets(stored, env)).toThrow('held a secret, which is not stored');
  });

  it('is the plan itself where there is nothing to hide', () => {
    const env: NodeJS.ProcessEnv = {};
    const given = withCommand('node bot.js');
    expect(holdSecrets(given, env)).toEqual(given);
    expect(env).toEqual({});
    expect(takeSecrets(given, env)).toBe(given);
  });

  it('hides the values of secret variables too', () => {
    const env = { MY_SECRET: 'plain-word-1' };
    expect(holdSecrets(withCommand('bot plain-word-1'), env).settings.command).toBe('bot ***');
  });
});
