interface Addressed {
  readonly id: string;
  readonly address: string;
}

const localPartOf = (address: string): string => address.slice(0, address.lastIndexOf('@'));

/**
 * An alias for each mailbox, by id: what is before the "@" of its address. Where several would have the same, upper and
 * lower case being the same, the first keeps it, and the others get the lowest number from 2 on that makes theirs one
 * that nobody else has.
 */
export function aliasesFor(mailboxes: readonly Addressed[]): ReadonlyMap<string, string> {
  const aliases = new Map<string, string>();
  const taken = new Set<string>();
  const again: Addressed[] = [];
  for (const mailbox of mailboxes) {
    const alias = localPartOf(mailbox.address);
    if (taken.has(alias.toLowerCase())) {
      again.push(mailbox);
      continue;
    }
    taken.add(alias.toLowerCase());
    aliases.set(mailbox.id, alias);
  }
  for (const { id, address } of again) {
    const alias = localPartOf(address);
    let number = 2;
    while (taken.has(`${alias}${number}`.toLowerCase())) number++;
    taken.add(`${alias}${number}`.toLowerCase());
    aliases.set(id, `${alias}${number}`);
  }
  return aliases;
}
