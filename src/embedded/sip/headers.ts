/** One header field. The value has no folding and no control character in it. */
export interface Header {
  readonly name: string;
  readonly value: string;
}

/** RFC 3261 §7.3.3 and the registry of SIP header fields: one letter stands for a whole name. */
const compactForms: Readonly<Record<string, string>> = {
  a: 'Accept-Contact',
  b: 'Referred-By',
  c: 'Content-Type',
  d: 'Request-Disposition',
  e: 'Content-Encoding',
  f: 'From',
  i: 'Call-ID',
  j: 'Reject-Contact',
  k: 'Supported',
  l: 'Content-Length',
  m: 'Contact',
  n: 'Identity-Info',
  o: 'Event',
  r: 'Refer-To',
  s: 'Subject',
  t: 'To',
  u: 'Allow-Events',
  v: 'Via',
  x: 'Session-Expires',
  y: 'Identity',
};

/** Names whose usual spelling is not "each word capitalised", or which are met so often that they are kept ready. */
const usualSpellings: ReadonlyMap<string, string> = new Map(
  [
    'Accept',
    'Alert-Info',
    'Allow',
    'Allow-Events',
    'Authorization',
    'CSeq',
    'Call-ID',
    'Call-Info',
    'Contact',
    'Content-Disposition',
    'Content-Encoding',
    'Content-Length',
    'Content-Type',
    'Date',
    'Diversion',
    'Event',
    'Expires',
    'From',
    'MIME-Version',
    'Max-Forwards',
    'Min-Expires',
    'Min-SE',
    'P-Asserted-Identity',
    'P-Preferred-Identity',
    'Path',
    'Privacy',
    'Proxy-Authenticate',
    'Proxy-Authorization',
    'Proxy-Require',
    'RAck',
    'RSeq',
    'Reason',
    'Record-Route',
    'Refer-To',
    'Referred-By',
    'Remote-Party-ID',
    'Replaces',
    'Require',
    'Retry-After',
    'Route',
    'SIP-ETag',
    'SIP-If-Match',
    'Server',
    'Session-Expires',
    'Subject',
    'Subscription-State',
    'Supported',
    'To',
    'Unsupported',
    'User-Agent',
    'Via',
    'WWW-Authenticate',
    'Warning',
  ].map((name) => [name.toLowerCase(), name] as const),
);

/** The full, usual spelling of a header name; an unknown name keeps the spelling it came with. */
export function canonicalName(name: string): string {
  const lower = name.toLowerCase();
  if (lower.length === 1 && Object.hasOwn(compactForms, lower)) return compactForms[lower] ?? name;
  return usualSpellings.get(lower) ?? name;
}

/**
 * The header fields of a message in their order. It never changes: each operation gives a new list, so a request that
 * a transaction keeps for retransmission cannot be altered by whoever holds it too. Names are compared without regard
 * to case (RFC 3261 §7.3.1).
 */
export class HeaderList implements Iterable<Header> {
  readonly #items: readonly Header[];

  private constructor(items: readonly Header[]) {
    this.#items = items;
  }

  static readonly empty: HeaderList = new HeaderList([]);

  /** Names are brought to their usual spelling; compact forms are expanded. */
  static of(items: Iterable<readonly [name: string, value: string]>): HeaderList {
    return new HeaderList(Array.from(items, ([name, value]) => ({ name: canonicalName(name), value })));
  }

  get size(): number {
    return this.#items.length;
  }

  [Symbol.iterator](): Iterator<Header> {
    return this.#items[Symbol.iterator]();
  }

  /** The first value under this name. */
  get(name: string): string | undefined {
    const wanted = canonicalName(name).toLowerCase();
    return this.#items.find((item) => item.name.toLowerCase() === wanted)?.value;
  }

  /** Every value under this name, topmost first. */
  getAll(name: string): string[] {
    const wanted = canonicalName(name).toLowerCase();
    return this.#items.filter((item) => item.name.toLowerCase() === wanted).map((item) => item.value);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** With one more field below the others. */
  append(name: string, value: string): HeaderList {
    return new HeaderList([...this.#items, { name: canonicalName(name), value }]);
  }

  /** With one more field above the others, as a new Via is added. */
  prepend(name: string, value: string): HeaderList {
    return new HeaderList([{ name: canonicalName(name), value }, ...this.#items]);
  }

  /** With `values` in place of every field of this name: where the first one stood, else at the end. */
  set(name: string, ...values: readonly string[]): HeaderList {
    const canonical = canonicalName(name);
    const wanted = canonical.toLowerCase();
    const at = this.#items.findIndex((item) => item.name.toLowerCase() === wanted);
    const fresh = values.map((value) => ({ name: canonical, value }));
    if (at === -1) return new HeaderList([...this.#items, ...fresh]);
    const others = (items: readonly Header[]) => items.filter((item) => item.name.toLowerCase() !== wanted);
    return new HeaderList([...this.#items.slice(0, at), ...fresh, ...others(this.#items.slice(at + 1))]);
  }

  /** With another value in the first field of this name, which keeps its place; the list itself if there is none. */
  replaceFirst(name: string, value: string): HeaderList {
    const canonical = canonicalName(name);
    const at = this.#items.findIndex((item) => item.name.toLowerCase() === canonical.toLowerCase());
    return at === -1 ? this : new HeaderList(this.#items.with(at, { name: canonical, value }));
  }

  /** Without any field of these names. */
  without(...names: readonly string[]): HeaderList {
    const unwanted = new Set(names.map((name) => canonicalName(name).toLowerCase()));
    return new HeaderList(this.#items.filter((item) => !unwanted.has(item.name.toLowerCase())));
  }

  /** The fields of these names only, in their order. */
  only(...names: readonly string[]): HeaderList {
    const wanted = new Set(names.map((name) => canonicalName(name).toLowerCase()));
    return new HeaderList(this.#items.filter((item) => wanted.has(item.name.toLowerCase())));
  }
}
