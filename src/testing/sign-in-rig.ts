import type { CredentialState } from '../domain/credential.ts';
import type { Mailbox } from '../domain/mailbox.ts';
import type { MailboxPolicySettings } from '../domain/mailbox-policy.ts';
import type { AuditEntry } from '../services/audit.ts';
import type { NewMailbox } from '../services/mailbox-provisioning.ts';
import type { StoredCredential } from '../services/ports/credential-store.ts';
import type { PinHasher } from '../services/ports/pin-hasher.ts';
import type { SignIn, SignInSource, SignInVerdict } from '../services/sign-in.ts';
import { createSignIn } from '../services/sign-in-service.ts';
import { auditedIn } from './audited.ts';
import {
  createTestDialPlan,
  createTestService,
  provisionTestMailbox,
  type TestDialPlan,
  type TestLetter,
  type TestService,
  type TestServiceOptions,
} from './test-service.ts';

/** The PIN of the mailbox of every rig, and its extension. */
export const PIN = '1985848';
export const EXTENSION = '51234';
/** An extension that no mailbox has. */
export const UNKNOWN = '99999';

/** A stranger's call. */
export const STRANGER: SignInSource = { callId: 'call-1', peer: '192.0.2.7', peerIsTrusted: false };
/** A call from the mailbox's own telephone, by a trusted peer. */
export const OWNER: SignInSource = {
  callId: 'call-2',
  peer: '198.51.100.1',
  peerIsTrusted: true,
  assertedNumber: EXTENSION,
};

/** PINs that are not the mailbox's, each another one. */
export const wrongPin = (number: number = 0): string => `${407_193 + 7 * number}`;

export interface AttemptChanges {
  readonly extension?: string;
  readonly source?: SignInSource;
  readonly signIn?: SignIn;
}

/** One mailbox with all that attempts at it take and leave behind. */
export interface SignInRig {
  readonly service: TestService;
  readonly plan: TestDialPlan;
  readonly mailbox: Mailbox;
  attempt(pin: string, changes?: AttemptChanges): Promise<SignInVerdict>;
  /** So many wrong PINs one after the other; the kinds of the verdicts. */
  wrong(count: number, changes?: AttemptChanges): Promise<readonly SignInVerdict['kind'][]>;
  credential(): Promise<StoredCredential>;
  state(): Promise<CredentialState>;
  /** Stores another state past the rules. */
  putState(changes: Partial<CredentialState>): Promise<void>;
  letters(): Promise<readonly TestLetter[]>;
  /** The PIN of the newest letter that tells one. */
  mailedPin(): Promise<string>;
  /** Everything that was audited so far, in order. */
  audited(): Promise<readonly AuditEntry[]>;
  changePolicy(changes: Partial<MailboxPolicySettings>): Promise<void>;
  dispose(): Promise<void>;
}

export interface SignInRigOptions extends TestServiceOptions {
  readonly mailbox?: Partial<NewMailbox>;
  readonly policy?: Partial<MailboxPolicySettings>;
}

export async function createSignInRig(options: SignInRigOptions = {}): Promise<SignInRig> {
  const service = await createTestService(options);
  const plan = await createTestDialPlan(service);
  const provisioned = await provisionTestMailbox(service, plan, options.mailbox);
  if (provisioned.kind !== 'provisioned') throw new Error(`The mailbox is refused: ${provisioned.kind}`);
  const { mailbox } = provisioned;
  const { stored } = service;
  const credential = async (): Promise<StoredCredential> => {
    const found = await stored.database.credentials.byMailbox(mailbox.id);
    if (found === undefined) throw new Error('The mailbox has no credential');
    return found;
  };
  const attempt = (pin: string, { extension = EXTENSION, source = STRANGER, signIn }: AttemptChanges = {}) =>
    (signIn ?? service.signIn).attempt(plan.dialPlan.id, extension, pin, source);
  const letters = (): Promise<readonly TestLetter[]> => service.letters(mailbox.id);
  const rig: SignInRig = {
    service,
    plan,
    mailbox,
    attempt,
    wrong: async (count, changes) => {
      const kinds: SignInVerdict['kind'][] = [];
      for (let i = 0; i < count; i++) kinds.push((await attempt(wrongPin(i), changes)).kind);
      return kinds;
    },
    credential,
    state: async () => (await credential()).state,
    putState: async (changes) => {
      const read = await credential();
      const replaced = await stored.database.credentials.replace(read, { ...read.state, ...changes });
      if (replaced === false) throw new Error('Somebody else has changed the credential');
    },
    letters,
    mailedPin: async () => {
      const pin = (await letters()).find((letter) => letter.pin !== undefined)?.pin;
      if (pin === undefined) throw new Error('No letter tells a PIN');
      return pin;
    },
    audited: () => auditedIn(stored),
    changePolicy: async (changes) => {
      const policy = await stored.database.policies.byId(plan.policy.id);
      if (policy === undefined) throw new Error('The policy is gone');
      await stored.database.policies.update({ ...policy, ...changes });
    },
    dispose: () => service.dispose(),
  };
  if (options.policy !== undefined) await rig.changePolicy(options.policy);
  return rig;
}

/** The methods of a hasher, some of them replaced. */
export function hasherWith(hasher: PinHasher, changes: Partial<PinHasher>): PinHasher {
  return {
    hash: (pin, id) => hasher.hash(pin, id),
    matches: (pin, id, stored, inUse) => hasher.matches(pin, id, stored, inUse),
    matchesAny: (pin, id, history) => hasher.matchesAny(pin, id, history),
    isOutdated: (stored) => hasher.isOutdated(stored),
    ...changes,
  };
}

/** Sign-in over the parts of a service, with some methods of its hasher replaced. */
export function signInWithHasher(service: TestService, changes: Partial<PinHasher>): Promise<SignIn> {
  return createSignIn({ ...service, hasher: hasherWith(service.hasher, changes) });
}
