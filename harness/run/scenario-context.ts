import type { CellPlan, RunSettings } from '../contracts/plan.ts';
import type {
  RoomsApi,
  RunningService,
  RunningTarget,
  Scenario,
  ScenarioContext,
} from '../contracts/plugins.ts';
import type { PeersApi } from '../contracts/sessions.ts';
import { CellError } from './cell-error.ts';

export interface ContextParts {
  readonly cell: CellPlan;
  readonly scenario: Scenario;
  readonly target: RunningTarget;
  readonly services: readonly RunningService[];
  readonly peers: PeersApi;
  readonly settings: RunSettings;
}

/** The rooms of the server that runs for this cell; a scenario that did not ask for one is told so. */
export function roomsOf(services: readonly RunningService[], scenario: Scenario): RoomsApi {
  const rooms = services.find((service) => service.rooms !== undefined)?.rooms;
  if (rooms !== undefined) return rooms;
  throw new CellError(
    'internal',
    `scenario ${scenario.id} uses rooms but does not list the service livekit-server`,
  );
}

export function contextFor(
  parts: ContextParts,
  cycle: number,
  signal: AbortSignal,
): ScenarioContext {
  const { cell, scenario, target, services, peers, settings } = parts;
  const step = cell.step === undefined ? {} : { [cell.step.parameter]: cell.step.value };
  return {
    cycle,
    signal,
    target,
    get rooms(): RoomsApi {
      return roomsOf(services, scenario);
    },
    peers,
    parameters: { ...scenario.parameters, ...settings.parameters, ...step },
  };
}
