import { Inbound, type InboundKeys, type Opened } from './inbound.ts';
import { Outbound, type OutboundKeys } from './outbound.ts';
import type { MasterKey, SrtpSuite } from './suites.ts';

/** What an offer and an answer have settled about SRTP: how each side protects what it sends. */
export interface AgreedSecurity {
  readonly ours: OutboundKeys;
  readonly theirs: InboundKeys;
}

/**
 * SRTP on one stream, as long as it is agreed; without, everything passes as it is. A description that says the same as
 * the one before changes nothing, so that what was heard cannot be played to us again.
 */
export class MediaSecurity {
  #agreed: AgreedSecurity | undefined;
  #inbound: Inbound | undefined;
  /** What the other side used before its keys changed, until it is first heard with the new ones. */
  #former: Inbound | undefined;
  #outbound: Outbound | undefined;

  get isActive(): boolean {
    return this.#agreed !== undefined;
  }

  /** Takes up what was agreed; `undefined` is plain RTP. */
  agree(security: AgreedSecurity | undefined): void {
    const before = this.#agreed;
    this.#agreed = security;
    if (security === undefined) {
      this.#inbound = undefined;
      this.#former = undefined;
      this.#outbound = undefined;
      return;
    }
    if (before === undefined || !sameInbound(before.theirs, security.theirs)) {
      this.#former = this.#inbound;
      this.#inbound = new Inbound(security.theirs, this.#former);
    }
    if (before === undefined || !sameOutbound(before.ours, security.ours)) this.#outbound = new Outbound(security.ours);
  }

  /** What is in a packet of RTP that came, or why it is not to be used. It is decrypted in place. */
  openRtp(datagram: Uint8Array): Opened {
    return this.#open((inbound) => inbound.openRtp(datagram), datagram);
  }

  /** As {@link openRtp}. */
  openRtcp(datagram: Uint8Array): Opened {
    return this.#open((inbound) => inbound.openRtcp(datagram), datagram);
  }

  /** Protects a packet of RTP in place, with room for `mostOverhead` behind it, and says where it ends then. */
  protectRtp(bytes: Uint8Array, length: number): number {
    return this.#outbound === undefined ? length : this.#outbound.protectRtp(bytes, length);
  }

  /** As {@link protectRtp}. */
  protectRtcp(bytes: Uint8Array, length: number): number {
    return this.#outbound === undefined ? length : this.#outbound.protectRtcp(bytes, length);
  }

  #open(by: (inbound: Inbound) => Opened, datagram: Uint8Array): Opened {
    if (this.#inbound === undefined) return datagram;
    const opened = by(this.#inbound);
    if (opened !== 'unauthenticated') {
      if (typeof opened !== 'string') this.#former = undefined;
      return opened;
    }
    return this.#former === undefined ? opened : by(this.#former);
  }
}

function sameInbound(one: InboundKeys, other: InboundKeys): boolean {
  return (
    one.suite === other.suite &&
    one.mkiBytes === other.mkiBytes &&
    one.keys.length === other.keys.length &&
    one.keys.every(({ master, mki }, at) => {
      const same = other.keys[at];
      return same !== undefined && mki.equals(same.mki) && sameMaster(master, same.master);
    })
  );
}

function sameOutbound(one: OutboundKeys, other: OutboundKeys): boolean {
  return one.suite === other.suite && sameMaster(one.master, other.master);
}

function sameMaster(one: MasterKey, other: MasterKey): boolean {
  return one.key.equals(other.key) && one.salt.equals(other.salt);
}

/** Our keys for one call, one for each suite: made once, so that descriptions say the same as long as they are in use. */
export interface OwnKeys {
  of(suite: SrtpSuite): MasterKey;
  /**
   * Forgets all keys but that of the suite that is in use, if any. What is agreed on once more later gets another key, for
   * roll-over counters begin anew then, and under one key no index may come twice (RFC 3711 §9.1).
   */
  keepOnly(suite: SrtpSuite | undefined): void;
}
