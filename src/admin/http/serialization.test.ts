import { expect, it } from 'vitest';
import { Mailbox } from './schemas/mailboxes.ts';
import { NAMED_SCHEMAS } from './schemas/named-schemas.ts';
import { createSerialization } from './serialization.ts';

const compile = createSerialization(Object.fromEntries(NAMED_SCHEMAS.map((schema) => [schema.$id, schema])));
const route = { method: 'GET', url: '/', schema: { $ref: `${Mailbox.$id}#` } };

const mailbox = {
  id: 'one',
  address: 'tonysmith@contoso.com',
  alias: 'tonysmith',
  displayName: 'Tony Smith',
  extensions: ['51234'],
  registeredNumbers: [],
  language: 'en-US',
  timeZone: 'UTC',
  clock: '12-hour',
  subscriberAccess: true,
  pinlessAccess: false,
  dialPlan: { id: 'plan', name: 'Contoso' },
  policy: { id: 'policy', name: 'Contoso Default Policy' },
  pinExpired: false,
  firstTimeUser: false,
  lockedOut: false,
  mail: null,
};

it('writes into an answer what its schema has, and nothing else', () => {
  const write = compile({ ...route, httpStatus: '200' });
  const written = write({ ...mailbox, pin: '1985848', policy: { ...mailbox.policy, secret: 'x' } });
  expect(JSON.parse(written)).toEqual(mailbox);
});

it('writes no answer that lacks what its schema has', () => {
  const { address: _address, ...rest } = mailbox;
  expect(() => compile({ ...route, httpStatus: '200' })(rest)).toThrow(/address/);
});
