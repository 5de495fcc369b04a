import { TidemarkError } from '../contracts/errors.ts';
import type { RunPlan, SkippedCell } from '../contracts/plan.ts';
import type { Allocator, Scenario, Service, SetupContext, Target } from '../contracts/plugins.ts';

export interface PreparePlugIns {
  readonly scenarios: ReadonlyMap<string, Scenario>;
  readonly targets: ReadonlyMap<string, Target>;
  readonly allocators: ReadonlyMap<string, Allocator>;
  readonly services: ReadonlyMap<string, Service>;
}

async function unavailableAllocators(plan: RunPlan, plugIns: PreparePlugIns, ctx: SetupContext) {
  const missing = new Map<string, Pick<SkippedCell, 'reason' | 'hint'>>();
  for (const id of new Set(plan.cells.map((cell) => cell.allocator))) {
    const answer = await plugIns.allocators.get(id)?.ensure(ctx);
    if (answer?.state === 'unavailable') {
      missing.set(id, {
        reason: answer.reason,
        ...(answer.hint === undefined ? {} : { hint: answer.hint }),
      });
    }
  }
  return missing;
}

/**
 * Fetches everything the plan needs, before the private network closes the way out.
 * Cells whose allocator cannot be had are moved to `skipped`; everything else that is missing is an error.
 */
export async function prepare(
  plan: RunPlan,
  plugIns: PreparePlugIns,
  ctx: SetupContext,
): Promise<RunPlan> {
  // First: a version that does not exist is known in seconds, and a service may take minutes to build.
  const specs = new Map(plan.cells.map((cell) => [cell.target.text, cell.target]));
  for (const spec of specs.values()) await plugIns.targets.get(spec.id)?.ensure(spec, ctx);
  const services = new Set(
    plan.cells.flatMap((cell) => plugIns.scenarios.get(cell.scenario)?.services ?? []),
  );
  for (const id of services) {
    const service = plugIns.services.get(id);
    if (service === undefined)
      throw new TidemarkError(
        'internal',
        `a scenario needs the service '${id}', which does not exist`,
      );
    await service.ensure(ctx);
  }
  const missing = await unavailableAllocators(plan, plugIns, ctx);
  const skipped = plan.cells.flatMap((cell): SkippedCell[] => {
    const why = missing.get(cell.allocator);
    return why === undefined ? [] : [{ cell, ...why }];
  });
  const cells = plan.cells.filter((cell) => !missing.has(cell.allocator));
  return { ...plan, cells, skipped: [...plan.skipped, ...skipped] };
}
