import Type, { type Static } from 'typebox';
import { named } from './common.ts';

/** A refusal or a fault (RFC 9457). Which of the optional facts are there, the type says. */
export const Problem = named(
  'Problem',
  Type.Object(
    {
      type: Type.String({
        description: 'What sort of problem it is: a path that never changes, and that can be opened.',
        examples: ['/api/v1/problems/pin-refused'],
      }),
      title: Type.String({ description: 'The same in a few words.' }),
      status: Type.Integer({ description: 'The HTTP status.' }),
      detail: Type.Optional(Type.String({ description: 'What it is about this time, in words for people.' })),
      instance: Type.Optional(Type.String({ description: 'Which request it was, as in the log.' })),
      rule: Type.Optional(
        Type.String({ description: 'The PIN rule that refused.', examples: ['too-short', 'used-before'] }),
      ),
      pattern: Type.Optional(
        Type.String({ description: 'Which common pattern the PIN is.', examples: ['sequential'] }),
      ),
      lastPins: Type.Optional(Type.Integer({ description: 'How many of the last PINs are not taken again.' })),
      setting: Type.Optional(Type.String({ description: 'The setting that was refused.' })),
      minimum: Type.Optional(Type.Integer({ description: 'The least it may be.' })),
      maximum: Type.Optional(Type.Integer({ description: 'The most it may be.' })),
      orUnlimited: Type.Optional(Type.Boolean({ description: 'Whether it may be `unlimited`, too.' })),
      limit: Type.Optional(Type.String({ description: 'The other setting that limits it.' })),
      extensionDigits: Type.Optional(
        Type.Integer({ description: 'How many digits extensions of the dial plan have.' }),
      ),
      number: Type.Optional(Type.String({ description: 'The number that it is about.' })),
      name: Type.Optional(Type.String({ description: 'The name that it is about.' })),
      candidates: Type.Optional(
        Type.Array(Type.String(), { description: 'The addresses of the mailboxes that are meant by it.' }),
      ),
      errors: Type.Optional(
        Type.Array(
          Type.Object({
            path: Type.String({ description: 'Where in the request.' }),
            message: Type.String({ description: 'What is wrong there.' }),
          }),
          { description: 'Everything about the request that its schema refuses.' },
        ),
      ),
    },
    { description: 'Why a request was not done (RFC 9457).' },
  ),
);
export type Problem = Static<typeof Problem>;
