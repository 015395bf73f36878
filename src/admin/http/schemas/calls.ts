import Type, { type Static } from 'typebox';
import { identity, moment, named, oneOf, orNull, pageOf, pageQuery, refTo, whatIfMark } from './common.ts';

export const Call = named(
  'Call',
  Type.Object(
    {
      id: Type.String({ description: 'Id of the call, as in the log and the audit trail.' }),
      since: moment('When it came in.'),
      state: oneOf(['setting-up', 'talking', 'ending'], 'How far it is.'),
      peer: Type.String({ description: 'IP address that it came from.' }),
      dialPlan: orNull(Type.String({ description: 'The dial plan that was called; null until it is known.' })),
      whatIf: whatIfMark,
    },
    { description: 'A call that is going on.' },
  ),
);
export type Call = Static<typeof Call>;

export const CallList = pageOf('CallList', refTo(Call));
export type CallList = Static<typeof CallList>;

export const CallListQuery = Type.Object(pageQuery, { additionalProperties: false });
export type CallListQuery = Static<typeof CallListQuery>;

export const CallParams = Type.Object({ id: identity('Id of the call.') });
export type CallParams = Static<typeof CallParams>;
