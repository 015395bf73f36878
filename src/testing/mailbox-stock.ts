import { randomInt } from 'node:crypto';
import { readConfig } from '../config.ts';
import type { TimeStyle } from '../conversation/spoken-time.ts';
import { type Core, openCore } from '../core.ts';
import type { DialPlanId } from '../domain/dial-plan.ts';
import type { DialPlanSettings } from '../domain/dial-plan-settings.ts';
import type { MailboxId } from '../domain/mailbox.ts';
import { MAILBOX_POLICY_DEFAULTS, type MailboxPolicyId, type MailboxPolicySettings } from '../domain/mailbox-policy.ts';
import { SILENT_METER } from '../domain/meter.ts';
import { generatePin } from '../domain/pin-generator.ts';
import { createLogger } from '../logger.ts';
import type { Provisioned } from '../services/mailbox-provisioning.ts';
import type { Requester } from '../services/pin-administration.ts';
import { NO_ALERTS } from '../services/ports/operator-alerts.ts';
import { otherDigits } from './other-digits.ts';
import { ShiftedClock } from './shifted-clock.ts';

/** What of a service mailboxes are made with. */
export type StockCore = Pick<Core, 'database' | 'directory' | 'signIn' | 'pinAdministration'>;

/** What a mailbox is to be like; everything has a default. */
export interface WantedMailbox {
  /** Settings of a policy of its own that are not the defaults; when not given, it has the dial plan's default policy. */
  readonly settings?: Partial<MailboxPolicySettings>;
  /** A policy that it shares with others, instead. */
  readonly policyId?: MailboxPolicyId;
  /** How many digits its PIN has; as few as the settings let it when not given. */
  readonly pinLength?: number;
  /** Whether its PIN has to be changed at the first sign-in; no when not given. */
  readonly pinExpired?: boolean;
  /** How many sign-ins have failed at it, and have had the consequences that its policy says. */
  readonly failures?: number;
  /** Whether an administrator has locked it. */
  readonly locked?: boolean;
  /** In which zone and on which clock its user is told times; UTC and twelve hours when not given. */
  readonly times?: TimeStyle;
}

/** A mailbox whose PIN is known. */
export interface StockedMailbox {
  readonly id: MailboxId;
  readonly dialPlanId: DialPlanId;
  readonly policyId: MailboxPolicyId;
  readonly address: string;
  readonly extension: string;
  readonly pin: string;
  /** As long as the PIN, and different from it in every digit. */
  readonly wrongPin: string;
}

/** Who asks for all of this, as the audit trail has it. */
export const BY_STOCK: Requester = {
  actor: { kind: 'administrator', name: 'stock' },
  source: { kind: 'service' },
};

/** The access number of the dial plan that mailboxes are made in: that of the demonstration directory. */
const ACCESS_NUMBER = '5000';

/** Mailboxes for whoever calls the service, as many as are asked for: each has its own, so that failures never add up. */
export class MailboxStock {
  readonly #core: StockCore;

  constructor(core: StockCore) {
    this.#core = core;
  }

  /** Makes a policy that several mailboxes can share. Rejects when the settings are refused. */
  async addPolicy(settings: Partial<MailboxPolicySettings>): Promise<MailboxPolicyId> {
    const { directory } = this.#core;
    const { id: dialPlanId } = await this.#dialPlan();
    const name = `Stock ${randomInt(2 ** 40)}`;
    const created = await directory.createPolicy({ ...settings, name, dialPlanId }, BY_STOCK);
    if (created.kind !== 'created') throw new Error(`The policy is refused: ${created.kind}`);
    return created.policy.id;
  }

  /**
   * Makes another dial plan with extensions as long as the first one's, called by a number of its own. Resolves with its
   * default policy, by which mailboxes get into it. Rejects when it is refused.
   */
  async addDialPlan(accessNumber: string, settings: Partial<DialPlanSettings>): Promise<MailboxPolicyId> {
    const { extensionDigits } = await this.#dialPlan();
    const created = await this.#core.directory.createDialPlan(
      { ...settings, name: `Stock ${accessNumber}`, extensionDigits, accessNumbers: [accessNumber] },
      BY_STOCK,
    );
    if (created.kind !== 'created') throw new Error(`The dial plan is refused: ${created.kind}`);
    return created.defaultPolicy.id;
  }

  /** Makes a mailbox. Its user is told nothing. Rejects when it is refused. */
  async add(wanted: WantedMailbox = {}): Promise<StockedMailbox> {
    const mailbox = await this.#provision(await this.#policyFor(wanted), wanted);
    await this.#fail(mailbox, wanted.failures ?? 0);
    if (wanted.locked === true) await this.#core.pinAdministration.lock(mailbox.id, BY_STOCK);
    return mailbox;
  }

  /** Changes settings of a policy; they hold from the next sign-in on. Rejects when they are refused. */
  async changePolicy(policyId: MailboxPolicyId, settings: Partial<MailboxPolicySettings>): Promise<void> {
    const changed = await this.#core.directory.changePolicy(policyId, settings, BY_STOCK);
    if (changed.kind !== 'changed') throw new Error(`The policy is refused: ${changed.kind}`);
  }

  async #dialPlan(): Promise<{ readonly id: DialPlanId; readonly extensionDigits: number }> {
    const plan = await this.#core.directory.dialPlanByAccessNumber(ACCESS_NUMBER);
    if (plan === undefined) throw new Error('There is no demonstration directory to make mailboxes in');
    return plan;
  }

  async #policyFor({ settings, policyId }: WantedMailbox): Promise<MailboxPolicyId> {
    if (policyId !== undefined) return policyId;
    if (settings !== undefined) return this.addPolicy(settings);
    const [policy] = await this.#core.directory.policiesOf((await this.#dialPlan()).id);
    if (policy === undefined) throw new Error('The dial plan has no policy');
    return policy.id;
  }

  /** Tries numbers until one is free. */
  async #provision(policyId: MailboxPolicyId, wanted: WantedMailbox): Promise<StockedMailbox> {
    const { minPinLength = MAILBOX_POLICY_DEFAULTS.minPinLength } = wanted.settings ?? {};
    for (;;) {
      const extension = String(randomInt(60_000, 100_000));
      const address = `user${extension}@contoso.com`;
      const pin = acceptablePin({ extension }, wanted.pinLength ?? minPinLength);
      const provisioned = await this.#core.directory.provisionMailbox(
        policyId,
        {
          address,
          displayName: `User ${extension}`,
          extensions: [extension],
          ...(wanted.times ?? { timeZone: 'UTC' }),
          pin: { kind: 'typed', pin, mail: false, notice: false, pinExpired: wanted.pinExpired ?? false },
        },
        BY_STOCK,
      );
      if (isTaken(provisioned)) continue;
      if (provisioned.kind !== 'provisioned') throw new Error(`The mailbox is refused: ${provisioned.kind}`);
      const { id, dialPlanId } = provisioned.mailbox;
      return { id, dialPlanId, policyId, address, extension, pin, wrongPin: otherDigits(pin) };
    }
  }

  /** Has sign-ins fail, from an address that nobody else calls from. */
  async #fail({ dialPlanId, extension, wrongPin }: StockedMailbox, times: number): Promise<void> {
    const peer = `198.18.${randomInt(256)}.${randomInt(256)}`;
    for (let time = 0; time < times; time++) {
      const source = { callId: `stock ${extension}`, peer, peerIsTrusted: false };
      await this.#core.signIn.attempt(dialPlanId, extension, wrongPin, source);
    }
  }
}

/** A PIN of so many digits that no rule but the history may refuse to a mailbox. */
export function acceptablePin({ extension }: Pick<StockedMailbox, 'extension'>, length: number): string {
  return generatePin({ minPinLength: length, allowCommonPatterns: false, extensions: [extension] }, randomInt);
}

function isTaken({ kind }: Provisioned): boolean {
  return kind === 'number-taken' || kind === 'address-taken';
}

/**
 * Makes mailboxes in a DATA_DIR that no service runs on, with the demonstration directory if that is missing, and
 * resolves with what `fill` does. Rejects when the folder cannot be used.
 *
 * @param daysAgo when all of it happens, in days before now; the demonstration directory is always made now.
 */
export async function stockFolder<T>(
  dataDir: string,
  fill: (stock: MailboxStock) => Promise<T>,
  daysAgo: number = 0,
): Promise<T> {
  const config = readConfig({ DATA_DIR: dataDir });
  const log = createLogger('silent');
  const clock = new ShiftedClock();
  await using opened = new AsyncDisposableStack();
  const core = await openCore({ config, log, clock, meter: SILENT_METER, alerts: NO_ALERTS }, opened);
  await core.directory.ensureDemoDirectory();
  clock.shift(-daysAgo * 24 * 3_600_000);
  return await fill(new MailboxStock(core));
}
