import { defineExecutor } from '../define.ts';

export default defineExecutor({
  id: 'process',
  title: 'a process per job',
  description: 'every job runs in a process of its own, which ends with it',
});
