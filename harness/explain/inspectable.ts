import type { CellPlan, RunSettings } from '../contracts/plan.ts';

/** A program that is started with node answers the inspector when it is told to; a measured run never tells it. */
export function inspectable(settings: RunSettings, { target }: CellPlan): RunSettings {
  const { command } = settings;
  if (target.id !== 'program' || command === undefined || /\s--inspect/.test(command)) {
    return settings;
  }
  const inspected = command.replace(/^(\S*\bnode)(?=\s)/, '$1 --inspect=127.0.0.1:0');
  return { ...settings, command: inspected };
}
