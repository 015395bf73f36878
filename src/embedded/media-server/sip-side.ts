import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import type { Clock } from '../clock.ts';
import { faultOf, type Log } from '../log.ts';
import { type HeardKey, RtpSession, type RtpSessionOptions } from '../rtp/rtp-session.ts';
import { familyOf } from '../rtp/sdp.ts';
import { Dialog } from '../sip/dialog.ts';
import type { LocalAddresses } from '../sip/local-addresses.ts';
import { responseTo } from '../sip/message.ts';
import type { ReceivedRequest, ServerTransaction } from '../sip/transaction.ts';
import { TransactionLayer } from '../sip/transaction-layer.ts';
import { UdpTransport } from '../sip/udp-transport.ts';
import { formatHostPort } from '../sip/values.ts';
import type { HangupCause } from './hangup-cause.ts';
import type { MediaPorts } from './media-ports.ts';
import type { Peers } from './peers.ts';
import { allowedMethods, refusals, SipLeg, signallingSource, userAgent } from './sip-leg.ts';

/** A call that has come in, for whoever makes a channel of it. */
export interface IncomingCall {
  readonly uuid: string;
  readonly invite: ReceivedRequest;
  readonly rtp: RtpSession;
  readonly leg: SipLeg;
  /** Where the application wants to be connected to, as the INVITE says. */
  readonly outbound: string;
}

/** What becomes of a call; set by whoever takes it. */
export interface CallHandlers {
  onKey(key: HeardKey): void;
  onMedia: ConstructorParameters<typeof SipLeg>[0]['handlers']['onMedia'];
  onEnded(cause: HangupCause): void;
}

export interface SipSideOptions {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly peers: Peers;
  readonly ports: MediaPorts;
  readonly addresses: LocalAddresses;
  /** What to tell callers that are not local, instead of the address that their port is bound to. */
  readonly advertisedAddress: string | undefined;
  readonly rtp: Omit<RtpSessionOptions, 'port' | 'onKey'>;
  /** Whether there is room for another call. */
  readonly hasRoom: () => boolean;
  /** Takes a call that is about to be answered. */
  readonly onCall: (call: IncomingCall) => CallHandlers;
  /** The call could not be answered after all. */
  readonly onAbandoned: (uuid: string) => void;
}

/** Documentation addresses (RFC 5737, RFC 3849), which lie behind the default route. */
const anyAddress = { IPv4: '192.0.2.1', IPv6: '2001:db8::1' } as const;
const fsmrfAgent = /^drachtio-fsmrf:(.+)$/;

/** The SIP side: takes the INVITEs of drachtio-fsmrf, as FreeSWITCH does with the `drachtio_mrf` profile. */
export class SipSide {
  readonly #options: SipSideOptions;
  readonly #layer: TransactionLayer;
  readonly #transport: UdpTransport;
  /** By Call-ID and both tags. */
  readonly #legs = new Map<string, SipLeg>();

  private constructor(options: SipSideOptions, transport: UdpTransport) {
    this.#options = options;
    this.#transport = transport;
    this.#layer = new TransactionLayer({
      transports: [transport],
      clock: options.clock,
      log: options.log,
      onRequest: (transaction) => this.#onRequest(transaction),
      onAck: (ack) => this.#legOf(ack)?.onAck(ack),
      admit: ({ remote }) => (options.peers.allows(remote.address) ? undefined : { status: 403 }),
    });
  }

  /** Binds. Rejects with the system's error when the address cannot be had. */
  static async start(options: SipSideOptions): Promise<SipSide> {
    const { host, port, clock } = options;
    const transport = await UdpTransport.bind({ host, port, monotonic: () => clock.monotonic() });
    return new SipSide(options, transport);
  }

  get port(): number {
    return this.#transport.local.port;
  }

  /** The address that `sofia status` tells: a concrete one even if the socket is bound to all. */
  get address(): string {
    const { address } = this.#transport.local;
    const isAny = address === '0.0.0.0' || address === '::';
    return formatHostPort(isAny ? this.#options.addresses.toward('192.0.2.1', 'IPv4') : address, this.port);
  }

  /** Dialogs that are open. */
  get dialogs(): number {
    return this.#legs.size;
  }

  /** Ends all transactions without a word and closes the socket. */
  close(): Promise<void> {
    return this.#layer.close();
  }

  #onRequest(transaction: ServerTransaction): void {
    const { received } = transaction;
    const { message, core } = received;
    if (typeof core.to.params.get('tag') === 'string') {
      const leg = this.#legOf(received);
      if (leg === undefined) this.#refuse(transaction, 481);
      else leg.onRequest(transaction);
      return;
    }
    switch (message.method) {
      case 'INVITE':
        transaction.respond(responseTo(message, 100));
        void this.#onInvite(transaction).catch((error: unknown) => {
          this.#options.log.error({ fault: faultOf(error) }, 'Taking a call failed');
          this.#refuse(transaction, 500);
        });
        break;
      case 'OPTIONS':
        this.#refuse(transaction, 200, undefined, [['Accept', 'application/sdp']]);
        break;
      default:
        this.#refuse(transaction, ['BYE', 'INFO', 'UPDATE'].includes(message.method) ? 481 : 501);
    }
  }

  async #onInvite(transaction: ServerTransaction): Promise<void> {
    const { received } = transaction;
    const { headers } = received.message;
    const outbound = headers.get('X-esl-outbound')?.trim();
    if (!fsmrfAgent.test(headers.get('User-Agent') ?? '') || outbound === undefined) {
      this.#refuse(transaction, 404);
      return;
    }
    const dialog = Dialog.ofReceived(received.message, this.#layer.toTagFor(received.message));
    if (dialog === undefined) {
      this.#refuse(transaction, 400);
      return;
    }
    let cancelled = false;
    transaction.handlers = {
      onCancel: () => {
        cancelled = true;
        this.#refuse(transaction, 487);
      },
    };
    const leased = this.#options.hasRoom() ? await this.#options.ports.lease(mediaFamily(received)) : undefined;
    if (cancelled || leased === undefined || !this.#options.hasRoom()) {
      leased?.port.release();
      if (!cancelled) this.#refuse(transaction, 503, 'Maximum Calls In Progress', [['Retry-After', '5']]);
      return;
    }
    let handlers: CallHandlers | undefined;
    const { port, host } = leased;
    const rtp = new RtpSession({ ...this.#options.rtp, port, onKey: (key) => handlers?.onKey(key) });
    const key = `${dialog.callId}\n${dialog.localTag}\n${dialog.remoteTag}`;
    const leg = new SipLeg({
      layer: this.#layer,
      clock: this.#options.clock,
      dialog,
      invite: transaction,
      rtp,
      mediaAddress: (toward) => this.#mediaAddress(host, toward),
      handlers: {
        onMedia: (media, descriptions) => handlers?.onMedia(media, descriptions),
        onEnded: (cause) => handlers?.onEnded(cause),
      },
    });
    const uuid = randomUUID();
    try {
      handlers = this.#options.onCall({ uuid, invite: received, rtp, leg, outbound });
      this.#legs.set(key, leg);
      const refusal = leg.accept();
      if (refusal === undefined) return;
      const [status, reason] = refusals[refusal];
      this.#refuse(transaction, status, reason);
    } catch (error) {
      // A fault must not keep the port and the channel: whoever found out how to cause it would take them all.
      if (transaction.answered) leg.hangUp('NORMAL_TEMPORARY_FAILURE');
      this.#options.log.error({ fault: faultOf(error) }, 'Taking a call failed');
      this.#refuse(transaction, 500);
    }
    this.#legs.delete(key);
    this.#options.onAbandoned(uuid);
    rtp.close();
  }

  /** Forgets a dialog that is over. */
  forget(leg: SipLeg): void {
    const { callId, localTag, remoteTag } = leg.dialog;
    this.#legs.delete(`${callId}\n${localTag}\n${remoteTag}`);
  }

  #legOf({ core }: ReceivedRequest): SipLeg | undefined {
    const tags = [core.to, core.from].map(({ params }) => params.get('tag') ?? '');
    return this.#legs.get([core.callId, ...tags].join('\n'));
  }

  /**
   * Our address for media, of the family of `host`, which its port is bound to: what callers outside are told, else
   * that of the interface that leads to the caller.
   */
  #mediaAddress(host: string, toward: string): string {
    const { advertisedAddress, addresses } = this.#options;
    const family = isIP(host) === 6 ? 'IPv6' : 'IPv4';
    // An address of the other family is reached by no interface of this one: the default route has to do.
    const peer = isIP(toward) === isIP(host) ? toward : anyAddress[family];
    const isInside = addresses.isPrivate(peer);
    if (advertisedAddress !== undefined && isIP(advertisedAddress) === isIP(host) && !isInside)
      return advertisedAddress;
    if (host !== '0.0.0.0' && host !== '::') return host;
    return addresses.toward(peer, family);
  }

  #refuse(
    transaction: ServerTransaction,
    status: number,
    reason?: string,
    headers: readonly (readonly [string, string])[] = [],
  ): void {
    const { message } = transaction.received;
    transaction.respond(
      responseTo(message, status, {
        toTag: this.#layer.toTagFor(message),
        headers: [['User-Agent', userAgent], ['Allow', allowedMethods], ...headers],
        ...(reason === undefined ? {} : { reason }),
      }),
    );
  }
}

/** The family that a call's media is of: that of its offer, or of where its signalling came from when it brings none. */
function mediaFamily({ message, remote }: ReceivedRequest): 4 | 6 {
  const offered = familyOf(message.body.toString('utf8'));
  return offered ?? (isIP(signallingSource(message) ?? remote.address) === 6 ? 6 : 4);
}
