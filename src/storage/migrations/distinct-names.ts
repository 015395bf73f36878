/** A row that has a name, or is to be given one. */
export interface Named {
  readonly id: string;
  readonly name: string;
}

/**
 * Names that no two rows share, by id, upper and lower case being the same. Where several have the same name, the first
 * keeps it; each of the others has the lowest number from 2 on added, behind `separator`, with which nobody has it.
 */
export function distinctNames(rows: readonly Named[], separator: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  const take = (id: string, name: string): boolean => {
    if (taken.has(name.toLowerCase())) return false;
    taken.add(name.toLowerCase());
    names.set(id, name);
    return true;
  };
  // Everyone who can keep a name does, before numbers are given out that might make one of these.
  const others = rows.filter(({ id, name }) => !take(id, name));
  for (const { id, name } of others) {
    let number = 2;
    while (!take(id, `${name}${separator}${number}`)) number++;
  }
  return names;
}
