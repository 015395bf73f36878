import type { Endpoint, EndpointDialog } from 'drachtio-fsmrf';
import type { Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import { describe, settle } from './settle.ts';
import type { Srf } from './srf.ts';

/** Why an endpoint went away by itself. */
export type EndpointLoss = 'media-lost' | 'media-server-lost';

/** How long an endpoint may take to hang up, in milliseconds. */
const DESTROY_DEADLINE = 3_000;

/** How long its SIP leg may take to end after that. */
const BYE_DEADLINE = 2_000;

/** Hang-up causes that mean the whole media server is going away. */
const SERVER_CAUSES: ReadonlySet<string> = new Set(['SYSTEM_SHUTDOWN']);

/**
 * Events that drachtio-fsmrf subscribes to and nobody here hears. They come with each playback, 6 KiB of variables each,
 * which the media server has to write and the application to read: half of what both do for it.
 */
const UNHEARD_EVENTS = 'CHANNEL_EXECUTE PLAYBACK_STOP';

export interface EndpointLeaseOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly srf: Srf;
}

/**
 * An endpoint on a media server from its making to its release. It has three parts that end in any order: the channel,
 * its event socket, and the SIP leg to it; when one goes, the endpoint is lost, and a release ends what is left.
 */
export class EndpointLease {
  readonly endpoint: Endpoint;
  readonly #options: EndpointLeaseOptions;
  /** The library forgets its dialog before the BYE is answered. */
  readonly #dialog: EndpointDialog | null;
  readonly #lost = Promise.withResolvers<EndpointLoss>();
  readonly #onReleased: (() => void)[] = [];
  #onSocketLost: (() => void) | undefined;
  #release: Promise<void> | undefined;

  constructor(endpoint: Endpoint, options: EndpointLeaseOptions) {
    this.endpoint = endpoint;
    this.#options = options;
    this.#dialog = endpoint.dialog;
    // The reply says nothing that matters: where it fails there are more events, as before.
    endpoint.conn?.sendRecv(`nixevent ${UNHEARD_EVENTS}`, () => undefined);
    endpoint.on('destroy', (cause?: { readonly reason?: string }) => {
      if (cause?.reason !== undefined) this.lose(SERVER_CAUSES.has(cause.reason) ? 'media-server-lost' : 'media-lost');
      else this.#onSocketLost?.();
    });
    this.#dialog?.on('destroy', () => this.lose('media-lost'));
    // It may have gone in the very turn in which it came to be, before anybody could listen.
    if (this.#dialog?.connected === false) this.lose('media-lost');
  }

  /** Resolves when the endpoint has gone by itself; stays pending when it is released while it lives. */
  get lost(): Promise<EndpointLoss> {
    return this.#lost.promise;
  }

  /** Says that the endpoint has gone. Only the first reason counts. */
  lose(loss: EndpointLoss): void {
    if (this.#release === undefined) this.#lost.resolve(loss);
  }

  /** Calls back when the event socket closed without a word about why. */
  onSocketLost(listener: () => void): void {
    this.#onSocketLost = listener;
    if (this.endpoint.conn === null) listener();
  }

  onReleased(listener: () => void): void {
    this.#onReleased.push(listener);
  }

  /** Hangs the endpoint up and ends its SIP leg, whatever state they are in. Takes at most five seconds; never rejects. */
  release(): Promise<void> {
    this.#release ??= this.#destroy().finally(() => {
      for (const listener of this.#onReleased) listener();
    });
    return this.#release;
  }

  async #destroy(): Promise<void> {
    const { clock, log, srf } = this.#options;
    const { endpoint } = this;
    const dialog = this.#dialog;
    const hungUp = await settle(() => endpoint.destroy(), { clock, deadline: DESTROY_DEADLINE });
    if (hungUp.kind !== 'done') log.warn({ why: describe(hungUp) }, 'An endpoint did not hang up');
    if (dialog?.connected) {
      await settle(() => dialog.destroy(), { clock, deadline: BYE_DEADLINE });
    }
    if (dialog !== null && 'id' in dialog && typeof dialog.id === 'string') srf.removeDialog({ id: dialog.id });
    // Without the library's own `exit`: written to a socket that is closing, it only makes it complain.
    endpoint.conn?.socket?.destroySoon();
  }
}
