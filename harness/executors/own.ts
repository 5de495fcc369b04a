import { defineExecutor } from '../define.ts';

export default defineExecutor({
  id: 'own',
  title: 'as the program decides',
  description: 'the measured program hosts its jobs as it was written to',
});
