import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { SECONDS } from './order.ts';

const secondsOf = ({ moduleId }: TestSpecification): number =>
  SECONDS[/\/test\/(.+)\.test\.ts$/.exec(moduleId)?.[1] ?? ''] ?? 0;

const awaitsParts = ({ project }: TestSpecification): number => (project.name === 'parts' ? 1 : 0);

/** Those that need nothing run while it is fetched, then the others; of each the longest first. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const usual = await super.sort(files);
    return usual.toSorted((a, b) => awaitsParts(a) - awaitsParts(b) || secondsOf(b) - secondsOf(a));
  }
}
