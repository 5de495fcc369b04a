import { defineExecutor } from '../define.ts';

export default defineExecutor({
  id: 'reload',
  title: 'a reload per job',
  description:
    'every job runs in one page, which is loaded again after it: what objects keep goes with the page',
});
