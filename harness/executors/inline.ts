import { defineExecutor } from '../define.ts';

export default defineExecutor({
  id: 'inline',
  title: 'in the target itself',
  description: 'every job runs in the main thread of one process, which lives for the whole cell',
});
