import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';

// Before the first test begins, so that its time-out is for what it does; in vain when whoever runs the tests was killed.
while (!existsSync(inject('partsFetched')) && process.connected !== false) await sleep(100);
