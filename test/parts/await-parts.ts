import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';

// Before the first test begins, so that its time-out is for what it does.
while (!existsSync(inject('partsFetched'))) await sleep(100);
