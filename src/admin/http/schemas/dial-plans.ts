import Type, { type Static } from 'typebox';
import { VOIP_SECURITIES } from '../../../domain/dial-plan.ts';
import { DIAL_PLAN_DEFAULTS, DIAL_PLAN_NAME_MAXIMUM, DIAL_PLAN_RANGES } from '../../../domain/dial-plan-settings.ts';
import type { SettingRange } from '../../../domain/setting-range.ts';
import { identity, named, orNull, pageOf, pageQuery, Reference, refTo, whatIfMark } from './common.ts';

/**
 * A whole number whose range is the rules' business: what is out of it is refused with the range (422), not as a
 * malformed request.
 */
function number(setting: keyof typeof DIAL_PLAN_RANGES, what: string) {
  const { minimum, maximum }: SettingRange = DIAL_PLAN_RANGES[setting];
  return Type.Integer({ description: `${what}, ${minimum} to ${maximum}.` });
}

const settings = {
  name: Type.String({
    description: `Its name, unique, up to ${DIAL_PLAN_NAME_MAXIMUM} characters.`,
    examples: ['Contoso'],
  }),
  accessNumbers: Type.Array(Type.String(), {
    description: 'The numbers that it is called by.',
    minItems: 1,
    examples: [['5000']],
  }),
  extensionDigits: number('extensionDigits', 'How many digits every extension has'),
  logonFailuresBeforeDisconnect: number('logonFailuresBeforeDisconnect', 'Failed sign-ins that end a call'),
  inputFailuresBeforeDisconnect: number('inputFailuresBeforeDisconnect', 'Input failures in a row that end a call'),
  maxCallDuration: number('maxCallDuration', 'Longest call in minutes'),
  maxRecordingDuration: number('maxRecordingDuration', 'Longest recording in minutes; not longer than a call'),
  recordingIdleTimeout: number('recordingIdleTimeout', 'Silence in seconds that ends a recording'),
  operatorExtension: orNull(Type.String({ description: 'The extension that callers are put through to for help.' })),
  defaultLanguage: Type.String({ description: 'Language of its prompts, a BCP 47 tag.', examples: ['en-US'] }),
  voipSecurity: Type.Enum(VOIP_SECURITIES, {
    description:
      'How secure its calls must be: unsecured takes every call, sip-secured refuses calls that are not signalled over TLS, secured those as well whose audio and keys are not in SRTP.',
  }),
};

const dialPlanFields = {
  id: Type.String({ description: 'Id of the dial plan, which never changes.' }),
  ...settings,
};

export const DialPlan = named(
  'DialPlan',
  Type.Object(
    { ...dialPlanFields, whatIf: whatIfMark },
    { description: 'A dial plan: the numbers that are called, and how calls to them go.' },
  ),
);
export type DialPlan = Static<typeof DialPlan>;

export const CreatedDialPlan = named(
  'CreatedDialPlan',
  Type.Object(
    { ...dialPlanFields, defaultPolicy: refTo(Reference), whatIf: whatIfMark },
    { description: 'The new dial plan, and the mailbox policy that was made with it.' },
  ),
);
export type CreatedDialPlan = Static<typeof CreatedDialPlan>;

export const DialPlanList = pageOf('DialPlanList', refTo(DialPlan));
export type DialPlanList = Static<typeof DialPlanList>;

export const DialPlanListQuery = Type.Object(pageQuery, { additionalProperties: false });
export type DialPlanListQuery = Static<typeof DialPlanListQuery>;

const { name, accessNumbers, extensionDigits, ...optional } = settings;

export const NewDialPlan = named(
  'NewDialPlan',
  Type.Object(
    { name, accessNumbers, extensionDigits, ...Type.Partial(Type.Object(optional)).properties },
    {
      additionalProperties: false,
      description: `A dial plan to be made. What is absent has its default: ${Object.entries(DIAL_PLAN_DEFAULTS)
        .map(([setting, value]) => `${setting} ${value ?? 'none'}`)
        .join(', ')}.`,
      examples: [{ name: 'Contoso', accessNumbers: ['5000'], extensionDigits: 5 }],
    },
  ),
);
export type NewDialPlan = Static<typeof NewDialPlan>;

export const DialPlanChanges = named(
  'DialPlanChanges',
  Type.Partial(Type.Object(settings), {
    additionalProperties: false,
    description:
      'What is to change (JSON merge patch); what is absent stays. The length of extensions stays while there are mailboxes.',
    examples: [{ maxCallDuration: 60, operatorExtension: null }],
  }),
);
export type DialPlanChanges = Static<typeof DialPlanChanges>;

export const DialPlanParams = Type.Object({
  plan: identity('The dial plan, by id or name.', 'Contoso'),
});
export type DialPlanParams = Static<typeof DialPlanParams>;
