import { randomInt } from 'node:crypto';
import type { Cancel, Clock } from '../domain/clock.ts';
import { describeFault } from '../domain/fault.ts';
import type { Log, LogFields } from '../domain/log.ts';
import type { Meter } from '../domain/meter.ts';
import type { Database, Stores } from '../services/ports/database.ts';
import type { MailOutcome } from '../services/ports/mail-outcome.ts';
import type { OutboxMail } from '../services/ports/outbox-store.ts';
import type { PinSealer } from '../services/ports/pin-sealer.ts';
import { backOff, LONGEST_BACK_OFF } from './back-off.ts';
import { isUsableAddress } from './compose-mail.ts';
import { attemptDelivery } from './mail-attempt.ts';
import type { Delivery, MailTransport, PostponeCause } from './mail-transport.ts';

/** How many mails are tried at the same time. */
const AT_ONCE = 3;

/** After so long a mail is given up and its PIN erased (SPEC §5), in milliseconds. */
export const MAIL_LIFETIME = 7 * 24 * 3_600_000;

/** How often mails that are too old are looked for, at least, in milliseconds. */
const EXPIRY_INTERVAL = 60_000;

/** Longest time between two looks into the outbox, in milliseconds: others may put mails into it and die before they say so. */
const LONGEST_REST = 60_000;

/** After the database failed, in milliseconds. */
const REST_AFTER_FAULT = 5_000;

/** How long closing waits for mails that are being delivered, in milliseconds; then they are given up until the next start. */
const CLOSING = 8_000;

/** What is recorded of a mail that arrived although nobody wanted it to any more. */
const TOO_LATE = 'It was withdrawn while it was being delivered';

const POSTPONED_MESSAGES: Readonly<Record<PostponeCause, string>> = {
  'not-now': 'A mail has to wait',
  unreachable: 'A mail has to wait: there is no way to deliver it at the moment',
  'set-up': 'No mail can be delivered as this service is set up; mails wait until that is mended',
};

export interface MailDeliveryParts {
  readonly database: Pick<Database, 'outbox' | 'transact'>;
  readonly sealer: PinSealer;
  /** Makes the token of a link that is to be mailed, by its id. */
  readonly linkToken: (id: string) => string;
  readonly transport: MailTransport;
  /** The address that mails come from. */
  readonly from: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Told in the transaction that settles a mail, with its stores; throwing, it undoes that. */
  readonly onSettled: (stores: Stores, outcome: MailOutcome) => Promise<void>;
  /** From 0 to below 1, uniform; spreads the attempts of mails that failed together. */
  readonly random?: () => number;
}

/** Delivers what is in the outbox (SPEC §5), each mail at least once. */
export interface MailDelivery {
  /**
   * For how long, in milliseconds, the way out has been of no use: the server cannot be reached, or takes no mail as this
   * service is set up. 0 when the last attempt was answered, whatever the answer was.
   */
  readonly cutOffFor: number;
  /**
   * Begins. With a folder it resolves when every mail that is due has been tried, for whoever has started the service
   * looks into it next; with a mail server, at once. Never rejects. Once only.
   */
  start(): Promise<void>;
  /** A mail has been queued, and is stored. */
  wake(): void;
  /** Resolves when nothing is being delivered and nothing is due, or when it is closed. Never rejects. */
  idle(): Promise<void>;
  /**
   * Begins nothing more, lets what is being delivered end for up to eight seconds, and gives up the rest: those mails
   * wait for the next start. The transport is closed. Calling it again waits for the same end.
   */
  close(): Promise<void>;
  /** Closes without letting anything end: what is being delivered is given up at once. */
  giveUp(): Promise<void>;
}

const randomFraction = (): number => randomInt(2 ** 32) / 2 ** 32;

class OutboxWorker implements MailDelivery {
  readonly #parts: MailDeliveryParts;
  readonly #random: () => number;
  readonly #log: Log;
  /** What is being delivered; none of these promises rejects. */
  readonly #underWay = new Map<Promise<void>, AbortController>();
  readonly #idle: (() => void)[] = [];
  #working: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #isAwake = false;
  #rest: { readonly end: () => void } | undefined;
  #expiredAt = Number.NEGATIVE_INFINITY;
  #cutOffSince: number | undefined;

  constructor(parts: MailDeliveryParts) {
    if (!isUsableAddress(parts.from)) throw new RangeError('The address that mails come from cannot be used as one');
    this.#parts = parts;
    this.#random = parts.random ?? randomFraction;
    this.#log = parts.log;
  }

  get cutOffFor(): number {
    return this.#cutOffSince === undefined ? 0 : this.#parts.clock.monotonic() - this.#cutOffSince;
  }

  async start(): Promise<void> {
    this.#working = this.#work();
    if (this.#parts.transport.kind === 'folder') await this.idle();
  }

  wake(): void {
    this.#isAwake = true;
    this.#rest?.end();
  }

  async idle(): Promise<void> {
    if (this.#isIdle || this.#isClosing) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle.push(resolve);
    await promise;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  giveUp(): Promise<void> {
    const closing = this.close();
    this.#abandon();
    return closing;
  }

  #abandon(): void {
    for (const controller of this.#underWay.values()) controller.abort();
  }

  async #close(): Promise<void> {
    const cancel = this.#parts.clock.after(CLOSING, () => this.#abandon());
    this.#rest?.end();
    await this.#working;
    await Promise.all(this.#underWay.keys());
    cancel();
    this.#parts.transport.close();
    for (const tell of this.#idle.splice(0)) tell();
  }

  get #isClosing(): boolean {
    return this.#closing !== undefined;
  }

  get #isIdle(): boolean {
    return this.#rest !== undefined && this.#underWay.size === 0;
  }

  /** Looks into the outbox, rests until something is due or {@link wake} is called, and so on until it is closed. */
  async #work(): Promise<void> {
    while (!this.#isClosing) {
      this.#isAwake = false;
      const rest = await this.#look();
      if (!this.#isAwake && !this.#isClosing) await this.#restFor(rest);
    }
  }

  #restFor(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    let cancel: Cancel | undefined;
    const end = (): void => {
      cancel?.();
      this.#rest = undefined;
      resolve();
    };
    cancel = this.#parts.clock.after(milliseconds, end);
    this.#rest = { end };
    if (this.#isIdle) for (const tell of this.#idle.splice(0)) tell();
    return promise;
  }

  /** Begins to deliver all that is due, and says after how many milliseconds to look again. Never rejects. */
  async #look(): Promise<number> {
    const { database, clock } = this.#parts;
    try {
      await this.#expire();
      while (!this.#isClosing && (await this.#beginNext())) await this.#roomForOneMore();
      const due = await database.outbox.nextDue();
      return due === undefined ? LONGEST_REST : Math.min(Math.max(due - clock.now(), 0), LONGEST_REST);
    } catch (error) {
      this.#log.error({ fault: describeFault(error) }, 'The outbox could not be looked into');
      return REST_AFTER_FAULT;
    }
  }

  async #roomForOneMore(): Promise<void> {
    if (this.#underWay.size >= AT_ONCE) await Promise.race(this.#underWay.keys());
  }

  /** Claims the mail that has waited longest, for twice as long as it may take; false when none is due. */
  async #beginNext(): Promise<boolean> {
    const { database, clock, transport } = this.#parts;
    const now = clock.now();
    const mail = await database.outbox.claim(now, now + 2 * transport.longest);
    if (mail === undefined) return false;
    const controller = new AbortController();
    const delivering = this.#deliver(mail, controller).then(() => {
      this.#underWay.delete(delivering);
      this.wake();
    });
    this.#underWay.set(delivering, controller);
    return true;
  }

  /** Tries a mail once and stores what came of it. Never rejects: what could not be stored is tried again after the claim. */
  async #deliver(mail: OutboxMail, controller: AbortController): Promise<void> {
    const { transport, clock } = this.#parts;
    const cancel = clock.after(transport.longest, () => controller.abort());
    try {
      if (await this.#withdrawOutdated(mail)) return;
      await this.#settle(mail, await attemptDelivery(mail, this.#parts, controller.signal));
    } catch (error) {
      this.#log.error({ ...fieldsOf(mail), fault: describeFault(error) }, 'What became of a mail could not be stored');
    } finally {
      cancel();
    }
  }

  /** A link that is no longer good is mailed to nobody. Whoever asked for another has had this one withdrawn already. */
  async #withdrawOutdated(mail: OutboxMail): Promise<boolean> {
    const { letter } = mail;
    const at = this.#parts.clock.now();
    if (letter.kind !== 'sign-in-link' || at < letter.expiresAt) return false;
    await this.#parts.database.outbox.supersede(mail.mailboxId, [letter.kind], at);
    this.#log.warn(fieldsOf(mail), 'A link to the pages was too old when its mail could be delivered; it is withdrawn');
    return true;
  }

  async #settle(mail: OutboxMail, delivery: Delivery): Promise<void> {
    this.#noteWayOut(delivery);
    switch (delivery.kind) {
      case 'delivered':
        return this.#delivered(mail, delivery.where);
      case 'refused':
        return this.#refused(mail, delivery.error);
      case 'postponed':
        return this.#postponed(mail, delivery.because, delivery.error);
    }
  }

  /** One that is given up because of closing says nothing of the way. */
  #noteWayOut(delivery: Delivery): void {
    if (delivery.kind !== 'postponed' || delivery.because === 'not-now') this.#cutOffSince = undefined;
    else if (!this.#isClosing) this.#cutOffSince ??= this.#parts.clock.monotonic();
  }

  async #delivered(mail: OutboxMail, where: string | undefined): Promise<void> {
    const at = this.#parts.clock.now();
    const state = await this.#parts.database.transact(async (stores) => {
      const isStored = await stores.outbox.delivered(mail.id, at);
      const state = isStored ? 'stored' : (await stores.outbox.byId(mail.id))?.state;
      // Whoever has it withdrawn has to know: the PIN in it may still be good, and the address somebody else's.
      const error = isStored ? undefined : TOO_LATE;
      if (isStored || state === 'superseded') {
        await this.#parts.onSettled(stores, { mail, state: 'delivered', at, error });
      }
      return state;
    });
    const fields = { ...fieldsOf(mail), ...(where === undefined ? {} : { file: where }) };
    if (state === 'stored') {
      this.#parts.meter.count('mail', 'delivered');
      this.#log.info(fields, 'A mail is delivered');
    } else if (state === 'superseded') this.#log.warn(fields, 'A mail was delivered that was withdrawn meanwhile');
    else this.#log.info(fields, 'A mail was delivered that had been settled meanwhile');
  }

  async #refused(mail: OutboxMail, error: string): Promise<void> {
    const at = this.#parts.clock.now();
    const isStored = await this.#parts.database.transact(async (stores) => {
      if (!(await stores.outbox.refuse(mail.id, at, error))) return false;
      await this.#parts.onSettled(stores, { mail, state: 'refused', at, error });
      return true;
    });
    if (!isStored) return;
    this.#parts.meter.count('mail', 'refused');
    this.#log.error({ ...fieldsOf(mail), error }, 'A mail cannot be delivered; it is parked');
  }

  async #postponed(mail: OutboxMail, because: PostponeCause, error: string): Promise<void> {
    const now = this.#parts.clock.now();
    const until = this.#isClosing ? now : now + backOff(mail.attempts, this.#random);
    await this.#parts.database.outbox.postpone(mail.id, until, error);
    this.#parts.meter.count('mail', 'postponed');
    const fields = { ...fieldsOf(mail), error, nextAttempt: new Date(until).toISOString() };
    if (because === 'set-up') this.#log.error(fields, POSTPONED_MESSAGES[because]);
    else this.#log.warn(fields, POSTPONED_MESSAGES[because]);
  }

  /** Gives up what has been undelivered for too long, what is parked included; what a wrong clock has put off is not put off. */
  async #expire(): Promise<void> {
    const { database, clock, onSettled } = this.#parts;
    if (clock.monotonic() - this.#expiredAt < EXPIRY_INTERVAL) return;
    const at = clock.now();
    await database.outbox.hasten(at + LONGEST_BACK_OFF);
    const expired = await database.transact(async (stores) => {
      const mails = await stores.outbox.expire(at - MAIL_LIFETIME, at);
      for (const mail of mails) await onSettled(stores, { mail, state: 'expired', at, error: mail.lastError });
      return mails;
    });
    this.#expiredAt = clock.monotonic();
    for (const mail of expired) {
      this.#parts.meter.count('mail', 'expired');
      this.#log.error(
        { ...fieldsOf(mail), error: mail.lastError },
        'A mail could not be delivered in seven days; it is given up',
      );
    }
  }
}

/** What a log line says of a mail: never its address, its PIN or its name. */
function fieldsOf({ id, letter, mailboxId, attempts }: OutboxMail): LogFields {
  return { mail: id, letter: letter.kind, mailboxId, attempts };
}

/**
 * Makes what delivers the mails of an outbox; nothing happens before it is started. Throws a RangeError when `from` is
 * no address.
 */
export function createMailDelivery(parts: MailDeliveryParts): MailDelivery {
  return new OutboxWorker(parts);
}
