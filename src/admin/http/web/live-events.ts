import type { FastifyRequest } from 'fastify';
import type { Cancel, Clock } from '../../../domain/clock.ts';
import { describeFault } from '../../../domain/fault.ts';
import type { Log } from '../../../domain/log.ts';
import type { Happening, Happenings } from '../../../services/happenings.ts';
import { overviewAnswer } from '../answers/overview-answer.ts';
import { type Principal, principalOf } from '../principal.ts';
import { raise } from '../problems.ts';
import { EventStream } from './event-stream.ts';
import type { Permissions } from './permissions.ts';

/** Streams at the same time, of all and of one person. */
export const MOST_STREAMS = 100;
export const MOST_STREAMS_OF_PERSON = 6;

/** How often it is looked whether who listens is still let in, in milliseconds. */
const CHECKED_EVERY = 10_000;

export interface LiveEventParts {
  readonly happenings: Happenings;
  readonly permissions: Permissions;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether who sent a request would still be let in. */
  readonly isStillLetIn: (request: FastifyRequest) => Promise<boolean>;
}

/** Which operation shows what a happening tells of: who may not use that is not told. */
const SHOWN_BY: Readonly<Record<Exclude<Happening['kind'], 'missed' | 'access-changed'>, string>> = {
  mailbox: 'getMailbox',
  mail: 'listMail',
  audit: 'searchAudit',
  call: 'listCalls',
  overview: 'getOverview',
};

type Told = Exclude<Happening, { kind: 'access-changed' }>;

const NAMES: Readonly<Record<Told['kind'], string>> = {
  mailbox: 'mailbox',
  mail: 'mail',
  audit: 'audit',
  call: 'call',
  overview: 'overview',
  missed: 'resync',
};

function dataOf(happening: Told): object {
  switch (happening.kind) {
    case 'mailbox':
      return { id: happening.id };
    case 'mail':
      return { id: happening.id, mailboxId: happening.mailboxId, status: happening.state };
    case 'audit':
      return { number: happening.sequence };
    case 'call':
      return { kind: happening.change, id: happening.id };
    case 'overview':
      return overviewAnswer(happening.overview);
    case 'missed':
      return {};
  }
}

interface Listener {
  readonly request: FastifyRequest;
  readonly principal: Principal;
  readonly stream: EventStream;
  stop: Cancel;
}

/** Live events for administrators: what happens, to each what its roles may see, until it is not let in any more. */
export class LiveEvents {
  readonly #parts: LiveEventParts;
  readonly #listeners = new Set<Listener>();
  #cancel: Cancel | undefined;

  constructor(parts: LiveEventParts) {
    this.#parts = parts;
  }

  /** How many streams are open. */
  get open(): number {
    return this.#listeners.size;
  }

  /** The stream for a request; raises a problem when there are too many, and throws when the database fails. */
  async listen(request: FastifyRequest): Promise<EventStream> {
    const principal = principalOf(request);
    this.#requireRoom(principal);
    const stream = new EventStream(this.#parts.clock, () => this.#forget(listener));
    const listener: Listener = { request, principal, stream, stop: () => undefined };
    this.#listeners.add(listener);
    try {
      const { sequence, overview, stop } = await this.#parts.happenings.listen((happenings, at) =>
        this.#tell(listener, happenings, at),
      );
      listener.stop = stop;
      const seen = request.headers['last-event-id'];
      if (seen !== undefined && seen !== String(sequence)) stream.send('resync', {}, sequence);
      this.#tell(listener, [{ kind: 'overview', overview }], sequence);
    } catch (error) {
      stream.body.destroy();
      throw error;
    }
    // The client may have gone while the database was asked.
    if (stream.body.destroyed) listener.stop();
    this.#cancel ??= this.#parts.clock.after(CHECKED_EVERY, () => void this.#checkAll());
    return stream;
  }

  /** Ends all streams, so that the server can close. */
  close(): void {
    this.#cancel?.();
    for (const { stream } of this.#listeners) stream.end();
  }

  #requireRoom({ id }: Principal): void {
    const own = [...this.#listeners].filter(({ principal }) => principal.id === id).length;
    if (this.#listeners.size < MOST_STREAMS && own < MOST_STREAMS_OF_PERSON) return;
    raise({ name: 'too-many-requests', detail: 'As many streams as may be are open.', retryAfter: 10 });
  }

  #forget(listener: Listener): void {
    listener.stop();
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #tell(listener: Listener, happenings: readonly Happening[], sequence: number): void {
    for (const happening of happenings) {
      if (happening.kind === 'access-changed') void this.#check(listener);
      else this.#send(listener, happening, sequence);
    }
  }

  #send({ stream, principal }: Listener, happening: Told, at: number): void {
    const isShown =
      happening.kind === 'missed' || this.#parts.permissions.may(principal.roles, SHOWN_BY[happening.kind]);
    if (isShown) stream.send(NAMES[happening.kind], dataOf(happening), at);
  }

  async #checkAll(): Promise<void> {
    await Promise.all([...this.#listeners].map((listener) => this.#check(listener)));
    this.#cancel = undefined;
    if (this.#listeners.size === 0) return;
    this.#cancel = this.#parts.clock.after(CHECKED_EVERY, () => void this.#checkAll());
  }

  /** Ends the stream of whoever is not let in any more. What cannot be looked up now is looked up again. */
  async #check({ request, stream }: Listener): Promise<void> {
    try {
      if (await this.#parts.isStillLetIn(request)) return;
      stream.end('session-ended');
    } catch (error) {
      this.#parts.log.debug({ fault: describeFault(error) }, 'Whether somebody is still let in cannot be told now');
    }
  }
}
