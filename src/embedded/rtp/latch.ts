/**
 * So many packets may still come from a place that the media has moved away from: half a second of them. After that
 * the peer has not moved, whatever its description says; a NAT then hides that it did not.
 */
const STRAGGLERS = 25;

/**
 * Where a call's media comes from and goes to. RTP has no sender authentication: taking whatever comes first would let
 * a stranger who hits the port hear the call and key into it ("RTP bleed"). So packets count only from the addresses
 * that the signalling names; the first of them fixes the port as well, because behind a NAT it differs from the one in
 * the session description; and only a new offer opens that again.
 */
export class Latch {
  /** The source before the last offer, while packets of it may still be on their way. */
  #former: { readonly address: string; readonly port: number } | undefined;
  #fromFormer = 0;
  #allowed: readonly string[] = [];
  #address: string | undefined;
  #port = 0;
  #fixed = false;

  /** Where packets have come from; `undefined` when none has, or none since the last offer. */
  get source(): { readonly address: string; readonly port: number } | undefined {
    return this.#fixed && this.#address !== undefined ? { address: this.#address, port: this.#port } : undefined;
  }

  /** Where to send: the source that was latched, before that what the peer's description says. */
  get address(): string | undefined {
    return this.#address;
  }

  get port(): number {
    return this.#port;
  }

  /**
   * Begins anew after an offer or answer.
   *
   * @param address the description's address; zeros mean that it names none.
   * @param port its port.
   * @param signalling the address that the peer's signalling came from, if it is known.
   */
  open(address: string, port: number, signalling: string | undefined): void {
    const named = address === '0.0.0.0' || address === '::' ? [] : [address];
    const allowed = signalling === undefined ? named : [...named, withoutZone(signalling)];
    // On a mere refresh the description still has the private address: what goes out keeps to the known place.
    const unchanged =
      this.#fixed && this.#described === `${address} ${port}` && allowed.includes(withoutZone(this.#address ?? ''));
    this.#former =
      this.#fixed && !unchanged && this.#address !== undefined
        ? { address: this.#address, port: this.#port }
        : undefined;
    this.#fromFormer = 0;
    this.#described = `${address} ${port}`;
    this.#allowed = allowed;
    this.#fixed = false;
    if (unchanged) return;
    this.#address = named[0];
    this.#port = port;
  }

  #described = '';

  /** Whether packets from there belong to the call. */
  accepts(address: string, port: number): boolean {
    if (this.#fixed) return port === this.#port && address === this.#address;
    return this.#allowed.includes(withoutZone(address));
  }

  /**
   * Fixes the source, at the first good packet that is {@link accepts accepted}. Behind an offer that moves the media,
   * packets from the former place are stragglers, and do not count until they have kept coming.
   */
  fix(address: string, port: number): void {
    if (this.#fixed || this.#isStraggler(address, port)) return;
    this.#fixed = true;
    this.#address = address;
    this.#port = port;
  }

  #isStraggler(address: string, port: number): boolean {
    if (this.#former?.address !== address || this.#former.port !== port) return false;
    this.#fromFormer += 1;
    return this.#fromFormer < STRAGGLERS;
  }
}

/** A link-local IPv6 address is told with the interface that it is at (RFC 4007 §11), and described without. */
function withoutZone(address: string): string {
  const at = address.indexOf('%');
  return at === -1 ? address : address.slice(0, at);
}
