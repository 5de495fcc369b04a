import { describe, expect, it } from 'vitest';
import { explainPip } from '../../harness/lib/pip-install.ts';
import { parseTargetSpec } from '../../harness/plan/parse-target-spec.ts';
import { requirementsOf } from '../../harness/targets/_livekit-agents-install.ts';
import { errorIn, refusalIn } from '../../harness/targets/_log-error.ts';
import agentWorker from '../../harness/targets/agent-worker.ts';
import livekitAgents from '../../harness/targets/livekit-agents.ts';
import { realPart, setupContext, temporaryFolder } from '../lib/_real-parts.ts';

describe('a livekit-agents spec', () => {
  it.each([
    ['livekit-agents@latest', "'latest' is not a version"],
    ['livekit-agents@0.12.9', "'0.12.9' is not a version from 1.0.0 up"],
    ['livekit-agents@1.0.17+openai1.0.0', "no variant 'openai'"],
    ['livekit-agents@1.0.17+livekit1', "'1' is not a version of livekit"],
  ])('%s is refused with advice', (text, message) => {
    const check = (): void => livekitAgents.check(parseTargetSpec(text), {});
    expect(check).toThrow(message);
    expect(check).toThrow(expect.objectContaining({ code: 'usage', hint: expect.any(String) }));
  });

  it.each([
    ['livekit-agents', { 'livekit-agents': '1.8.9' }],
    [
      'livekit-agents@1.0.17',
      {
        'livekit-agents': '1.0.17',
        livekit: '1.0.6',
        'livekit-api': '1.0.2',
        'livekit-protocol': '1.0.2',
      },
    ],
    [
      'livekit-agents@1.0.17+livekit1.0.12',
      {
        'livekit-agents': '1.0.17',
        livekit: '1.0.12',
        'livekit-api': '1.0.2',
        'livekit-protocol': '1.0.2',
      },
    ],
  ])('%s pins one variable at a time', (text, requirements) => {
    expect(requirementsOf(parseTargetSpec(text))).toEqual(requirements);
  });

  it('of a version that does not exist is refused with those there are, and leaves nothing in the cache', async (ctx) => {
    const setup = setupContext(temporaryFolder());
    const spec = parseTargetSpec('livekit-agents@1.0.99');
    const failed = await realPart(ctx, async () => {
      const error = await livekitAgents.ensure(spec, setup).then(
        () => null,
        (reason: unknown) => reason,
      );
      // Without an index nothing can be said about versions.
      if ((error as { code?: string }).code === 'setup') throw error;
      return error;
    });
    expect(failed).toMatchObject({
      code: 'usage',
      message: 'livekit-agents has no version 1.0.99',
      hint: expect.stringMatching(/^the nearest there are: 1\.0\.\d+/),
    });
  }, 120_000);
});

describe("pip's failures", () => {
  it('that are a conflict name who asks for what', () => {
    const output = [
      'ERROR: Cannot install livekit-agents==1.8.9 and livekit==1.0.12 because these package versions have conflicting dependencies.',
      'The conflict is caused by:',
      '    The user requested livekit==1.0.12',
      '    livekit-agents 1.8.9 depends on livekit==1.1.21',
      'ERROR: ResolutionImpossible: for help visit the documentation',
    ].join('\n');
    expect(explainPip(output, { 'livekit-agents': '1.8.9', livekit: '1.0.12' })).toMatchObject({
      code: 'usage',
      message: 'livekit-agents==1.8.9 and livekit==1.0.12 do not go together',
      hint: 'livekit-agents 1.8.9 depends on livekit==1.1.21',
    });
  });

  it('to reach an index at all are none of a version', () => {
    const output =
      'ERROR: Could not find a version that satisfies the requirement livekit-agents==1.8.9 (from versions: none)\n' +
      'ERROR: No matching distribution found for livekit-agents==1.8.9';
    expect(explainPip(output, { 'livekit-agents': '1.8.9' })).toMatchObject({
      code: 'setup',
      message:
        'pip install livekit-agents==1.8.9 failed: ERROR: No matching distribution found for livekit-agents==1.8.9',
    });
  });
});

describe("a worker's log", () => {
  it.each([
    [
      '{"message": "unhandled exception", "level": "ERROR", "exc_info": "Traceback\\n  File \\"/home/x/a.py\\"\\nKeyError: /srv/data/key"}',
      'unhandled exception: KeyError: key',
    ],
    ['Error: cannot open /home/somebody/models/vad.onnx', 'Error: cannot open vad.onnx'],
    ['{"level":50,"msg":"job failed"}', 'job failed'],
    ['{"message": "registered worker", "level": "INFO"}', null],
  ])('%s', (line, error) => {
    expect(errorIn(line)).toBe(error);
  });
});

describe('an agent-worker spec', () => {
  it('needs a command and takes no version', () => {
    const check = (text: string, command?: string) => () =>
      agentWorker.check(parseTargetSpec(text), command === undefined ? {} : { command });
    expect(check('agent-worker')).toThrow('target agent-worker needs a command to run');
    expect(check('agent-worker@1.0.0', 'true')).toThrow('agent-worker takes no version');
    expect(check('agent-worker', 'python agent.py start')).not.toThrow();
    expect(check('agent-worker', "python 'agent.py")).toThrow('a quote that is not closed');
  });
});

describe('why a worker cannot register', () => {
  const python = {
    message: 'failed to connect to livekit, retrying in 2s',
    exc_info:
      "Traceback\n  File \"/usr/lib/x.py\"\naiohttp.client_exceptions.WSServerHandshakeError: 401, message='no', url='ws://127.0.0.1:7880/agent'",
  };
  const node = {
    level: 40,
    error: { message: 'connect ECONNREFUSED 127.0.0.1:9' },
    msg: 'failed to connect to LiveKit server (ws://127.0.0.1:9), retrying in 2 seconds: (1/10)',
  };
  it.each([
    [
      JSON.stringify(python),
      "WSServerHandshakeError: 401, message='no', url='ws://127.0.0.1:7880/agent'",
    ],
    [JSON.stringify(node), 'connect ECONNREFUSED 127.0.0.1:9'],
    ['WARN failed to connect to livekit, retrying', 'WARN failed to connect to livekit, retrying'],
    ['{"level":50,"msg":"failed to connect to redis"}', null],
    ['registered worker', null],
  ])('is in %s', (line, why) => {
    expect(refusalIn(line)).toBe(why);
  });
});
