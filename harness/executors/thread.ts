import { defineExecutor } from '../define.ts';

export default defineExecutor({
  id: 'thread',
  title: 'a thread per job',
  description:
    'every job runs in a thread of its own in one process, which lives for the whole cell',
});
