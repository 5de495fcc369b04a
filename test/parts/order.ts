/** In this file a test file is called by its path below test/, without `.test.ts`. */
export const filesOf = (names: readonly string[]): string[] =>
  names.map((name) => `test/${name}.test.ts`);

/** Use LiveKit's server, an SDK, agents or Chromium: they begin when all of those have been fetched. */
export const WITH_FETCHED_PARTS: readonly string[] = [
  'allocators/allocators',
  'e2e/agent-failures',
  'e2e/agents',
  'e2e/bad-input',
  'e2e/browser',
  'e2e/executors',
  'e2e/explain',
  'e2e/failures',
  'e2e/media',
  'e2e/pair',
  'heap/detached-dom',
  'reports/html-browser',
  'run/peers',
  'services/livekit-server',
  'targets/livekit-client',
  'targets/rtc-node',
  'targets/rtc-node-executors',
];

/** Look at single moments of a process, or at time itself: they run last, one after another. */
export const ALONE: readonly string[] = [
  'e2e/inspect',
  'known-answer/known-answer',
  'lib/child',
  'native/*',
  'run/count-base',
  'run/quiescence',
  'run/watch-running',
];

/** What the long ones take, so that none of them is the last. */
export const SECONDS: Readonly<Record<string, number>> = {
  'e2e/agents': 105,
  'e2e/media': 90,
  'e2e/explain': 70,
  'e2e/browser': 45,
  'e2e/authoring': 32,
  'e2e/pair': 30,
  'e2e/executors': 27,
  'e2e/failures': 24,
  'e2e/agent-failures': 24,
  'known-answer/verdicts': 20,
  'heap/growing-objects': 16,
  'reports/html-browser': 15,
  'targets/rtc-node-executors': 15,
  'e2e/resume': 14,
  'targets/livekit-client': 13,
  'services/livekit-server': 13,
  'e2e/self-test': 13,
  'e2e/bad-input': 12,
  'probes/python-heap': 11,
};
