import Type, { type Static } from 'typebox';
import { AUDIT_ACTIONS } from '../../../services/audit.ts';
import { identity, moment, named, oneOf, orNull, pageOf, pageQuery, refTo } from './common.ts';

const actor = Type.Object(
  {
    kind: oneOf(['caller', 'user', 'administrator', 'unknown', 'system'], 'What sort of actor it was.'),
    name: Type.Optional(Type.String({ description: 'Who, where that is known.' })),
  },
  { description: 'Who did it.' },
);

const kind = <const T extends string>(value: T, description: string) => oneOf([value], description);

const source = Type.Union(
  [
    Type.Object({
      kind: kind('call', 'A telephone call.'),
      callId: Type.String({ description: 'Id of the call, as in the log.' }),
      peer: Type.String({ description: 'IP address that it came from.' }),
      assertedNumber: Type.Optional(Type.String({ description: 'The number that a trusted peer vouched for.' })),
    }),
    Type.Object({
      kind: kind('http', 'This API.'),
      address: Type.String({ description: 'IP address of the client.' }),
    }),
    Type.Object({
      kind: kind('command', 'A command on the machine.'),
      host: Type.String({ description: 'Which machine.' }),
    }),
    Type.Object({ kind: kind('service', 'The service itself.') }),
  ],
  { description: 'From where it came.' },
);

const details = Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]), {
  description: 'What else is known of it, by name; of a changed setting what it was (`.from`) and is (`.to`).',
});

const outcome = Type.String({ description: 'How it came out.', examples: ['done', 'refused', 'signed-in', 'failed'] });
const reason = orNull(Type.String({ description: 'Why.', examples: ['wrong-pin'] }));

const recordFields = {
  sequence: Type.Integer({ description: 'Its place in the trail: 1, 2, 3 and so on, without a gap.' }),
  at: moment('When it happened.'),
  action: oneOf(
    [...AUDIT_ACTIONS, 'unreadable'],
    'What happened; `unreadable` for a record that somebody has changed beyond reading, the rest of which says nothing.',
  ),
  outcome,
  actor,
  source,
  mailbox: orNull(
    Type.Object({
      id: Type.String({ description: 'Id of the mailbox.' }),
      address: orNull(Type.String({ description: 'Its address now; null when it has been disabled.' })),
    }),
  ),
  reason,
  details,
};

export const AuditRecord = named(
  'AuditRecord',
  Type.Object(recordFields, { description: 'One thing that happened: who, what, when, from where, why. Never a PIN.' }),
);
export type AuditRecord = Static<typeof AuditRecord>;

export const AuditRecordList = pageOf('AuditRecordList', refTo(AuditRecord));
export type AuditRecordList = Static<typeof AuditRecordList>;

/** One line of the export. */
export const ExportedAuditRecord = named(
  'ExportedAuditRecord',
  Type.Object(
    {
      ...recordFields,
      entry: Type.String({ description: 'The text that was sealed: all of it but number and moment.' }),
      keyId: Type.String({ description: 'The key that seals it.' }),
      mac: Type.String({ description: 'Its seal: an HMAC over the record before and this one, in base64.' }),
    },
    { description: 'An audit record with its seal.' },
  ),
);
export type ExportedAuditRecord = Static<typeof ExportedAuditRecord>;

const filters = {
  from: Type.Optional(moment('Only what happened then or later.')),
  to: Type.Optional(moment('Only what happened before.')),
  action: Type.Optional(oneOf(AUDIT_ACTIONS, 'Only this.')),
  outcome: Type.Optional(Type.String({ maxLength: 256, description: 'Only what came out so.' })),
  actor: Type.Optional(Type.String({ maxLength: 256, description: 'Only what an actor of this name did.' })),
  mailbox: Type.Optional(identity('Only what is about this mailbox: its id, address, alias or an extension.')),
};

export const AuditQuery = Type.Object({ ...filters, ...pageQuery }, { additionalProperties: false });
export type AuditQuery = Static<typeof AuditQuery>;

export const AuditExportQuery = Type.Object(filters, { additionalProperties: false });
export type AuditExportQuery = Static<typeof AuditExportQuery>;

export const AuditVerification = named(
  'AuditVerification',
  Type.Object(
    {
      intact: Type.Boolean({ description: 'Whether every record is as it was sealed.' }),
      records: Type.Integer({ description: 'How many records are in order, from the first on.' }),
      head: orNull(
        Type.Object(
          {
            sequence: Type.Integer({ description: 'The last record.' }),
            keyId: Type.String({ description: 'The key that seals it.' }),
            mac: Type.String({ description: 'Its seal; compare it with the one in the log.' }),
          },
          { description: 'The end of the trail; null when it is empty or broken.' },
        ),
      ),
      break: orNull(
        Type.Object(
          {
            sequence: Type.Integer({ description: 'The first record that does not fit.' }),
            kind: oneOf(
              ['missing', 'altered', 'key-unknown', 'beyond-head', 'head-differs', 'cut-off', 'noted-differs'],
              'What is wrong there.',
            ),
          },
          { description: 'The first broken place; null when there is none.' },
        ),
      ),
    },
    { description: 'What following the whole audit trail has shown.' },
  ),
);
export type AuditVerification = Static<typeof AuditVerification>;

export const TimelineEntry = named(
  'TimelineEntry',
  Type.Object(
    {
      at: moment('When it happened.'),
      kind: oneOf(
        [...AUDIT_ACTIONS, 'mail-queued', 'unreadable'],
        'What happened: an action of the audit trail, or a mail. `unreadable` for a record that was changed beyond reading.',
      ),
      outcome,
      actor,
      source,
      reason,
      details,
      sequence: orNull(Type.Integer({ description: 'Its place in the audit trail; null for what is not in it.' })),
    },
    { description: 'One thing that happened to a mailbox.' },
  ),
);
export type TimelineEntry = Static<typeof TimelineEntry>;

export const Timeline = pageOf('Timeline', refTo(TimelineEntry));
export type Timeline = Static<typeof Timeline>;

export const TimelineQuery = Type.Object(pageQuery, { additionalProperties: false });
export type TimelineQuery = Static<typeof TimelineQuery>;
