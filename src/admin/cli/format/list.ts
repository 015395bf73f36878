import { shownProperty } from './value.ts';
import type { View } from './view.ts';

/** Records as PowerShell's Format-List prints them, one property a line. */
export function formatList(records: readonly Readonly<Record<string, unknown>>[], { list }: View): string {
  const width = Math.max(...list.map(({ name }) => name.length));
  const blocks = records.map((record) =>
    list.map((property) => `${property.name.padEnd(width)} : ${shownProperty(record, property)}`.trimEnd()).join('\n'),
  );
  return `\n${blocks.join('\n\n')}\n\n`;
}
