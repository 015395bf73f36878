import Type, { type Static } from 'typebox';
import { ROLES } from '../../../domain/role.ts';
import { TOKEN_NAME_MAXIMUM } from '../../../services/access-tokens.ts';
import { moment, named, oneOf, orNull, pageOf, refTo, whatIfMark } from './common.ts';

export const role = oneOf(ROLES, 'What its holder may do.');

const tokenFields = {
  id: Type.String({ description: 'Its id, which never changes.' }),
  name: Type.String({ description: 'By which the audit trail knows its holder.' }),
  role,
  createdAt: moment('When it was made.'),
  createdBy: Type.String({ description: 'Who made it.' }),
  expiresAt: orNull(moment('From when on it is refused; null for one that does not expire.')),
  lastUsedAt: orNull(moment('When it was last used, to within a minute.')),
};

export const AccessToken = named(
  'AccessToken',
  Type.Object(
    { ...tokenFields, whatIf: whatIfMark },
    { description: 'What is known of an access token: everything but the token.' },
  ),
);
export type AccessToken = Static<typeof AccessToken>;

export const AccessTokenList = pageOf('AccessTokenList', refTo(AccessToken));

export const NewAccessToken = named(
  'NewAccessToken',
  Type.Object(
    {
      name: Type.String({
        minLength: 1,
        maxLength: 2 * TOKEN_NAME_MAXIMUM,
        description: `Up to ${TOKEN_NAME_MAXIMUM} characters; no two tokens have the same.`,
      }),
      role,
      expiresInDays: Type.Optional(
        Type.Union([Type.Integer({ minimum: 1, maximum: 3_650 }), Type.Null()], {
          default: 90,
          description: 'How many days it is good for; null for ever.',
        }),
      ),
    },
    { additionalProperties: false, description: 'An access token to be made.' },
  ),
);

export const CreatedAccessToken = named(
  'CreatedAccessToken',
  Type.Object(
    {
      ...tokenFields,
      token: Type.Optional(
        Type.String({ description: 'The token. It is shown this once and kept nowhere; absent with `whatIf`.' }),
      ),
      whatIf: whatIfMark,
    },
    { description: 'An access token that has just been made.' },
  ),
);
