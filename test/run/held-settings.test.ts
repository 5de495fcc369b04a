import { describe, expect, it } from 'vitest';
import {
  forgetSecrets,
  giveSecrets,
  holdSecrets,
  takeSecrets,
} from '../../harness/run/held-settings.ts';
import { planOf } from '../analyze/build-ledger.ts';

const plan = planOf({ cells: [{}] });
const withCommand = (command: string) => ({ ...plan, settings: { ...plan.settings, command } });

describe('the plan as it is stored', () => {
  it('loses its secrets, and has them again in the process that measures', () => {
    const env: NodeJS.ProcessEnv = {};
    const given = withCommand('bot --token abcdefgh');
    const stored = holdSecrets(given, env);
    expect(stored.settings.command).toBe('bot --token ***');
    expect(takeSecrets(stored, env)).toEqual(given);
    expect(env).toEqual({});
    // For a run that is explained when it has been measured.
    expect(takeSecrets(stored, env)).toEqual(given);
    forgetSecrets(env);
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

  it('keeps what another run of the same process lost', () => {
    const env: NodeJS.ProcessEnv = {};
    const one = withCommand('bot --token abcdefgh');
    const other = { ...withCommand('bot --token ijklmnop'), runId: 'another' };
    const stored = [one, other].map((given) => holdSecrets(given, env));
    expect(stored.map((plan) => takeSecrets(plan, env))).toEqual([one, other]);
    expect(env).toEqual({});
  });

  it('may hold stars of its own', () => {
    const env: NodeJS.ProcessEnv = {};
    const given = withCommand('bot ***');
    expect(takeSecrets(holdSecrets(given, env), env)).toEqual(given);
  });
});

describe('a run that goes on', () => {
  const given = {
    ...plan,
    settings: {
      ...plan.settings,
      command: 'bot --token abcdefgh --room r',
      parameters: { apiToken: 'ijklmnop', ending: 'kicked' },
    },
  };
  const stored = holdSecrets(given, {});
  const { command } = given.settings;
  const parameters = { apiToken: 'ijklmnop' };

  it('is the run that it was when its secrets are given again', () => {
    const env: NodeJS.ProcessEnv = {};
    giveSecrets(stored, { command, parameters }, env);
    expect(takeSecrets(stored, env)).toEqual(given);
    expect(env).toEqual({});
  });

  it('needs nothing where nothing was hidden', () => {
    const env: NodeJS.ProcessEnv = {};
    giveSecrets(plan, {}, env);
    expect(env).toEqual({});
  });

  it.each([
    [{ command }, 'held a secret, which is not stored'],
    [
      { command: 'other --token abcdefgh --room r', parameters },
      'which is: bot --token *** --room r',
    ],
    [{ command, parameters: { ...parameters, ending: 'leave' } }, 'which is: kicked'],
    [{ command, parameters: { ...parameters, other: 1 } }, 'the run has no parameter other'],
  ])('refuses %o', (again, says) => {
    expect(() => giveSecrets(stored, again, {})).toThrow(says);
  });

  it('says what to give', () => {
    expect(() => giveSecrets(stored, {}, {})).toThrow(
      expect.objectContaining({
        hint: "give it again in place of the stars: --command 'bot --token *** --room r' --param apiToken=***",
      }),
    );
  });
});
