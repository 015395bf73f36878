import Type, { type Static, type TSchema, type TUnsafe } from 'typebox';

/** A schema that has a name of its own in the OpenAPI document, so that clients get one type for it. */
export type Named<T extends TSchema = TSchema> = T & { readonly $id: string };

/** Gives a schema its name in the OpenAPI document. */
export function named<T extends TSchema>(name: string, schema: T): Named<T> {
  return { ...schema, $id: name };
}

/** Stands for a named schema in others; its static type is the same. `about` is told beside it. */
export function refTo<T extends TSchema>({ $id }: Named<T>, about?: string): TUnsafe<Static<T>> {
  return Type.Unsafe<Static<T>>({ $ref: `${$id}#`, ...(about === undefined ? {} : { description: about }) });
}

/** Something or null. */
export function orNull<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()]);
}

/** One of these texts. */
export function oneOf<const T extends readonly string[]>(values: T, description: string): TUnsafe<T[number]> {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...values], description });
}

/** A moment as the API writes it: ISO 8601, UTC, milliseconds. */
export const moment = (description: string) =>
  Type.String({ format: 'date-time', description, examples: ['2026-11-27T23:08:29.123Z'] });

/** What something is referred to by, next to its name. */
export const Reference = named(
  'Reference',
  Type.Object(
    {
      id: Type.String({ description: 'Its id, which never changes.' }),
      name: Type.String({ description: 'Its name at the moment.' }),
    },
    { description: 'Names a dial plan or a mailbox policy.' },
  ),
);
export type Reference = Static<typeof Reference>;

const limit = Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'Most items in one answer.' });

const cursor = Type.String({
  minLength: 1,
  maxLength: 1_000,
  description: 'Where to go on: `next` of the answer before, unchanged.',
});

/** The longest text that can name anything: an address. */
export const IDENTITY_MAXIMUM = 320;

/** What names something in an address. */
export const identity = (description: string, example?: string) =>
  Type.String({
    minLength: 1,
    maxLength: IDENTITY_MAXIMUM,
    description,
    ...(example === undefined ? {} : { examples: [example] }),
  });

/** The part of the query that every list understands. */
export const pageQuery = { limit: Type.Optional(limit), cursor: Type.Optional(cursor) };

/** One page of a list. */
export function pageOf<T extends TSchema>(name: string, item: T) {
  return named(
    name,
    Type.Object({
      items: Type.Array(item),
      next: orNull(Type.String({ description: 'The `cursor` of the next page.' })),
    }),
  );
}

/** The query of everything that changes something. */
export const WhatIfQuery = Type.Object(
  {
    whatIf: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Shows what would happen and changes nothing. The same checks, the same answer with `whatIf: true`; whether a typed PIN was used before is never told.',
      }),
    ),
  },
  { additionalProperties: false },
);
export type WhatIfQuery = Static<typeof WhatIfQuery>;

/** Present in answers to `?whatIf=true`, and then true. */
export const whatIfMark = Type.Optional(
  Type.Boolean({ description: 'True when this only shows what would happen; absent otherwise.' }),
);

/** Headers of changes that may depend on what was read before. */
export const IfMatchHeaders = Type.Object({
  'if-match': Type.Optional(
    Type.String({
      maxLength: 1_000,
      description: 'The `ETag` of what was read: the change is refused (412) when somebody else was faster.',
    }),
  ),
});

/** Headers of requests that may be sent again. */
export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      description:
        '1 to 255 visible ASCII characters, new for each thing to be done. The same request with the same key is done once, and answered the same way for 24 hours.',
    }),
  ),
});
