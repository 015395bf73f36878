import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';

/**
 * The place where a list goes on, as clients carry it: opaque to them, and not kept here. It holds nothing that is not
 * in the answer that it came with.
 */
export function cursorOf(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** Reads a cursor; undefined for one that this list has not given. */
export function positionOf<T extends TSchema>(schema: T, cursor: string): Static<T> | undefined {
  const text = Buffer.from(cursor, 'base64url').toString();
  try {
    const position: unknown = JSON.parse(text);
    return Value.Check(schema, position) ? position : undefined;
  } catch {
    // What is no JSON was not made by `cursorOf`.
    return undefined;
  }
}
