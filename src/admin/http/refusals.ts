import { ALIAS_MAXIMUM, DISPLAY_NAME_MAXIMUM } from '../../domain/mailbox-identity.ts';
import type { PinRefusal } from '../../domain/pin-policy.ts';
import type { SettingRefusal } from '../../domain/setting-refusal.ts';
import type { DialPlanRefusal } from '../../services/dial-plans.ts';
import type { PolicyRefusal } from '../../services/mailbox-policies.ts';
import type { MailboxRefusal } from '../../services/mailbox-refusal.ts';
import type { Problem, ProblemName } from './problems.ts';

/** Most characters of a text from the request that are said back. */
const SHOWN_MAXIMUM = 100;

/** What was asked for, cut to what a sentence can hold. */
export function shown(text: string): string {
  const characters = [...text];
  return characters.length <= SHOWN_MAXIMUM ? text : `${characters.slice(0, SHOWN_MAXIMUM).join('')}…`;
}

function pinSentence(refusal: PinRefusal): string {
  switch (refusal.kind) {
    case 'not-digits':
      return 'A PIN has nothing but digits.';
    case 'too-short':
      return `The PIN is too short: the policy asks for ${refusal.minimum} digits or more.`;
    case 'too-long':
      return `The PIN is too long: ${refusal.maximum} digits are the most.`;
    case 'extension-suffix':
      return 'The PIN is an extension of the mailbox, or the end of one.';
    case 'contains-extension':
      return 'An extension of the mailbox is part of the PIN.';
    case 'common-pattern':
      return 'The PIN is one of those that others would guess first.';
    case 'used-before':
      return `The PIN is one of the last ${refusal.lastPins} of this mailbox.`;
  }
}

/** A PIN that a rule refuses; `rule` is the rule's name. Never the PIN. */
export function pinRefused(refusal: PinRefusal): Problem {
  const { kind, ...facts } = refusal;
  return { name: 'pin-refused', detail: pinSentence(refusal), more: { rule: kind, ...facts } };
}

function settingSentence(refusal: Exclude<SettingRefusal, { kind: 'not-an-extension' }>): string {
  switch (refusal.kind) {
    case 'out-of-range': {
      const orUnlimited = refusal.orUnlimited === true ? ', or unlimited' : '';
      return `${refusal.setting} is a whole number from ${refusal.minimum} to ${refusal.maximum}${orUnlimited}.`;
    }
    case 'exceeds-setting':
      return `${refusal.setting} is at most ${refusal.maximum} here, because of ${refusal.limit}.`;
    case 'not-a-name':
      return `${refusal.setting} has something to see, no control characters, and up to ${refusal.maximum} characters.`;
    case 'not-a-text':
      return `${refusal.setting} has up to ${refusal.maximum} characters, none of them a control character.`;
    case 'not-a-language':
      return `${refusal.setting} is a language tag, such as en-US.`;
  }
}

const notAnExtension = (setting: string, extensionDigits: number): Problem => ({
  name: 'not-an-extension',
  detail: `An extension of this dial plan has exactly ${extensionDigits} digits.`,
  more: { setting, extensionDigits },
});

/** A setting that is not what it may be; which one and what it may be is told. */
export function settingRefused(refusal: SettingRefusal): Problem {
  if (refusal.kind === 'not-an-extension') return notAnExtension(refusal.setting, refusal.extensionDigits);
  const { kind, ...facts } = refusal;
  return { name: 'setting-refused', detail: settingSentence(refusal), more: { rule: kind, ...facts } };
}

const taken = (name: 'number-taken' | 'name-taken', detail: string, more: Problem['more'] = {}): Problem => ({
  name,
  detail,
  more,
});

/** A dial plan that cannot be as it is asked for. */
export function dialPlanRefused(refusal: DialPlanRefusal): Problem {
  const setting = 'accessNumbers';
  switch (refusal.kind) {
    case 'no-access-number':
      return {
        name: 'setting-refused',
        detail: 'A dial plan has an access number at least.',
        more: { setting, rule: refusal.kind },
      };
    case 'not-a-number':
      return {
        name: 'not-a-number',
        detail: 'An access number is up to 32 digits, with a + in front at most.',
        more: { setting, number: shown(refusal.number) },
      };
    case 'number-twice':
      return {
        name: 'setting-refused',
        detail: `${refusal.number} is given twice.`,
        more: { setting, rule: refusal.kind, number: refusal.number },
      };
    case 'number-taken':
      return taken('number-taken', `${refusal.number} is an access number of another dial plan.`, {
        number: refusal.number,
      });
    case 'name-taken':
      return taken('name-taken', `There is a dial plan or a policy of this name already: ${shown(refusal.name)}.`, {
        name: refusal.name,
      });
    default:
      return settingRefused(refusal);
  }
}

/** A policy that cannot be as it is asked for. */
export function policyRefused(refusal: PolicyRefusal): Problem {
  if (refusal.kind !== 'name-taken') return settingRefused(refusal);
  return taken('name-taken', `There is a mailbox policy of this name already: ${shown(refusal.name)}.`, {
    name: refusal.name,
  });
}

/** The refusals of a mailbox that one setting is the cause of, apart from those that have a problem of their own. */
const MAILBOX_SETTINGS = {
  'not-an-alias': {
    setting: 'alias',
    detail: 'An alias is what could be before the @ of an address, up to 64 characters.',
    facts: { maximum: ALIAS_MAXIMUM },
  },
  'no-display-name': {
    setting: 'displayName',
    detail: 'A display name has something to see, no control characters, and up to 256 characters.',
    facts: { maximum: DISPLAY_NAME_MAXIMUM },
  },
  'number-twice': { setting: 'extensions', detail: 'A number is given twice.', facts: {} },
  'not-a-language': { setting: 'language', detail: 'The language is a language tag, such as en-US.', facts: {} },
  'not-a-time-zone': {
    setting: 'timeZone',
    detail: 'The time zone is the IANA name of one, such as America/Los_Angeles.',
    facts: {},
  },
} as const;

/** Of conflicts and addresses, what is said. */
const MAILBOX_PROBLEMS = {
  'no-such-policy': { name: 'no-such-policy', detail: 'There is no mailbox policy of this id or name.', more: {} },
  'not-an-address': {
    name: 'not-an-address',
    detail: 'The address is no mail address.',
    more: { setting: 'address' },
  },
  'not-a-notify-address': {
    name: 'not-an-address',
    detail: 'The address to be notified is no mail address.',
    more: { setting: 'notifyEmail' },
  },
  'not-a-number': {
    name: 'not-a-number',
    detail: 'A registered number is up to 32 digits, with a + in front at most.',
    more: { setting: 'registeredNumbers' },
  },
  'address-taken': { name: 'address-taken', detail: 'Another mailbox has this address.', more: {} },
  'alias-taken': { name: 'alias-taken', detail: 'Another mailbox has this alias.', more: {} },
} as const satisfies Readonly<Record<string, Problem & { readonly name: ProblemName }>>;

/** A mailbox that cannot be as it is asked for. */
export function mailboxRefused(refusal: MailboxRefusal): Problem {
  switch (refusal.kind) {
    case 'pin-refused':
      return pinRefused(refusal.refusal);
    case 'not-an-extension':
      return notAnExtension('extensions', refusal.extensionDigits);
    case 'too-many-numbers':
      return {
        name: 'setting-refused',
        detail: `A mailbox has up to ${refusal.maximum} extensions and registered numbers together.`,
        more: { setting: 'registeredNumbers', rule: refusal.kind, maximum: refusal.maximum },
      };
    case 'number-taken':
      return taken('number-taken', `Another mailbox of the dial plan has the number ${refusal.number}.`, {
        number: refusal.number,
      });
    case 'not-an-alias':
    case 'no-display-name':
    case 'number-twice':
    case 'not-a-language':
    case 'not-a-time-zone': {
      const { setting, detail, facts } = MAILBOX_SETTINGS[refusal.kind];
      return { name: 'setting-refused', detail, more: { setting, rule: refusal.kind, ...facts } };
    }
    default:
      return MAILBOX_PROBLEMS[refusal.kind];
  }
}
