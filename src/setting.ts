import Type from 'typebox';

/** How a setting of the environment is declared, and what was not set is told apart. */

class RuleBroken extends Error {}

/** A setting: its rule in words, what it is when absent, and how its text is read. A text that `read` cannot use breaks the rule. */
export function setting<T>(rule: string, absent: string, read: (text: string) => T | undefined) {
  return Type.Decode(Type.String({ default: absent, description: rule }), (text): T => {
    const value = read(text.trim());
    if (value === undefined) throw new RuleBroken(rule);
    return value;
  });
}

/** An absent setting is the empty text; it stands for the value `absent`. */
export function unlessEmpty<T>(
  read: (text: string) => T | undefined,
): (text: string) => T | { readonly absent: true } | undefined {
  return (text) => (text === '' ? { absent: true } : read(text));
}

/** Answers what was set, or undefined when nothing was. */
export function whenSet<T extends object | string>(value: T | { readonly absent: true }): T | undefined {
  return typeof value === 'object' && 'absent' in value ? undefined : (value as T);
}
