import { allFamilies, type Family } from '../../bench/judges/generators.ts';

export function family(id: string): Family {
  const found = allFamilies.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no family called ${id}`);
  return found;
}
