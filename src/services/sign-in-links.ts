import { randomBytes } from 'node:crypto';
import type { Cancel } from '../domain/clock.ts';
import { describeFault } from '../domain/fault.ts';
import type { Mailbox, MailboxId } from '../domain/mailbox.ts';
import { audit } from './audit.ts';
import { everyHour } from './hourly.ts';
import type { ServiceParts } from './parts.ts';
import { letterTo, queueLetter } from './pin-replacement.ts';
import type { Stores } from './ports/database.ts';
import type { WebSecrets } from './ports/web-secrets.ts';

/** How long a link is good for, in milliseconds. */
export const LINK_LIFETIME = 15 * 60_000;

/** Links for one address within {@link LINK_WINDOW}; whoever asks for more is answered the same, and gets none. */
export const LINKS_OF_ADDRESS = 3;
export const LINK_WINDOW = 3_600_000;

/** Requests that wait to be looked at; more are forgotten, and the log says so. */
const MOST_WAITING = 200;

export interface SignInLinkParts extends ServiceParts {
  readonly webSecrets: WebSecrets;
}

interface Asked {
  readonly address: string;
  readonly from: string;
  readonly origin: string;
}

/**
 * The links by which users prove who they are: mailed to the mailbox's own address, good once and for a quarter of an
 * hour. Whoever asks is told nothing of what comes of it, and is answered before it is looked whether there is such a
 * mailbox, so the time tells nothing either.
 */
export class SignInLinks {
  readonly #parts: SignInLinkParts;
  readonly #asked: Asked[] = [];
  #working: Promise<void> | undefined;

  constructor(parts: SignInLinkParts) {
    this.#parts = parts;
  }

  /**
   * Takes a request and returns at once; to be called when it has been answered. It is carried out soon after, unless
   * the process ends before.
   *
   * @param from the IP address that asks.
   * @param origin where the pages are, without a slash at its end.
   */
  ask(address: string, from: string, origin: string): void {
    if (this.#asked.length >= MOST_WAITING) {
      this.#parts.meter.count('sign-in-link', 'withheld');
      this.#parts.log.warn({ waiting: this.#asked.length }, 'Too many ask for links to the pages; some get none');
      return;
    }
    this.#asked.push({ address, from, origin });
    this.#working ??= this.#work();
  }

  /** Uses a link up. Undefined for one that is not good any more, or never was. Throws when the database fails. */
  async use(token: string): Promise<MailboxId | undefined> {
    const { database, webSecrets, clock, meter } = this.#parts;
    const id = webSecrets.linkId(token);
    const mailbox = id === undefined ? undefined : await database.signInLinks.use(id, clock.now());
    meter.count('sign-in-link', mailbox === undefined ? 'refused' : 'used');
    return mailbox;
  }

  /** Resolves when everything has been carried out that was asked for. Never rejects. */
  async idle(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    for (let asked = this.#asked.shift(); asked !== undefined; asked = this.#asked.shift()) {
      try {
        await this.#make(asked);
      } catch (error) {
        this.#parts.log.error({ fault: describeFault(error) }, 'A link to the pages could not be made');
      }
    }
    this.#working = undefined;
  }

  async #make({ address, from, origin }: Asked): Promise<void> {
    const { database, webSecrets, clock, meter, mailQueued } = this.#parts;
    const digests = webSecrets.digests(`address ${address.toLowerCase()}`);
    const outcome = await database.transact(async (stores) => {
      const now = clock.now();
      if ((await stores.signInLinks.countSince(digests, now - LINK_WINDOW)) >= LINKS_OF_ADDRESS) return 'withheld';
      const mailbox = await stores.mailboxes.byAddress(address);
      const id = randomBytes(16).toString('hex');
      const link = { id, addressDigest: digests[0], mailboxId: mailbox?.id, askedAt: now };
      await stores.signInLinks.insert({ ...link, expiresAt: now + LINK_LIFETIME });
      if (mailbox === undefined) return undefined;
      await this.#mail(stores, mailbox, { id, from, origin }, now);
      return 'sent';
    });
    if (outcome !== undefined) meter.count('sign-in-link', outcome);
    if (outcome === 'sent') mailQueued();
  }

  async #mail(
    stores: Stores,
    mailbox: Mailbox,
    { id: linkId, from, origin }: { readonly id: string; readonly from: string; readonly origin: string },
    now: number,
  ): Promise<void> {
    const { pinSealer, auditSealer } = this.#parts;
    const { timeZone, clock } = mailbox;
    const facts = { linkId, origin, expiresAt: now + LINK_LIFETIME, askedFrom: from, timeZone, clock };
    const letter = { ...(await letterTo(stores, mailbox)), kind: 'sign-in-link', ...facts } as const;
    // What is still on its way is older than this one.
    await stores.outbox.supersede(mailbox.id, [letter.kind], now);
    const mail = await queueLetter(stores, pinSealer, letter, undefined, now);
    await audit(stores, auditSealer, now, {
      action: 'sign-in-link',
      outcome: 'mailed',
      actor: { kind: 'unknown' },
      source: { kind: 'http', address: from },
      mailboxId: mailbox.id,
      details: { mail },
    });
  }
}

/** Forgets, now and every hour, the links that count for nothing any more; what it returns ends that. */
export async function startLinkPruning({
  database,
  clock,
  log,
}: Pick<ServiceParts, 'database' | 'clock' | 'log'>): Promise<Cancel> {
  const prune = (): Promise<void> => database.signInLinks.prune(clock.now() - LINK_WINDOW);
  await prune();
  return everyHour({ clock, log }, prune, 'Links that are no longer good cannot be removed');
}
