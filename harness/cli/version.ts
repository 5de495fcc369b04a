import { packageVersion } from '../lib/package-file.ts';

export const VERSION = packageVersion();
