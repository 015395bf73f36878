import type { TestAnswer } from './test-api.ts';

interface KeptCookie {
  readonly value: string;
  readonly sameSite: string;
  readonly attributes: readonly string[];
}

/** What a page sends; a body that is no text is sent as JSON. */
export interface PageRequest {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The token against forgery, as a page of the service sends it; that of the last session when not given. */
  readonly csrf?: string | false;
  /** The site whose page sends it; the service's own when not given. */
  readonly from?: 'same-origin' | 'same-site' | 'cross-site' | 'a browser that does not say';
}

const siteOf = (url: string): string => new URL(url).hostname;

/** As much of a browser as cookies are about: it keeps them by host, and sends them as SameSite says (RFC 6265bis §5.6.7). */
export class TestBrowser {
  readonly #url: string;
  /** By host, then by name. */
  readonly #cookies = new Map<string, Map<string, KeptCookie>>();
  #csrf: string | undefined;

  /** @param url of the service, without a path. */
  constructor(url: string) {
    this.#url = url;
  }

  /** The cookies of the service, with their attributes, by name. */
  get cookies(): ReadonlyMap<string, KeptCookie> {
    return this.#of(siteOf(this.#url));
  }

  /** Puts a cookie of the service in. */
  keep(name: string, value: string): void {
    this.#of(siteOf(this.#url)).set(name, { value, sameSite: 'strict', attributes: [] });
  }

  /** A request of a script on a page; `path` begins with a slash. */
  async send(
    path: string,
    { method = 'GET', body, headers = {}, csrf, from = 'same-origin' }: PageRequest = {},
  ): Promise<TestAnswer> {
    const isChange = method !== 'GET';
    const token = csrf ?? this.#csrf;
    const url = `${this.#url}${path}`;
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: {
        ...(from === 'a browser that does not say' ? {} : { 'sec-fetch-site': from }),
        ...this.#cookieHeader(url, from !== 'cross-site', false),
        ...(isChange && typeof token === 'string' ? { 'x-csrf-token': token } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    this.#keep(url, response);
    const text = await response.text();
    const answer: TestAnswer = {
      status: response.status,
      headers: response.headers,
      text,
      get json(): unknown {
        return JSON.parse(text);
      },
    };
    this.#noteToken(answer);
    return answer;
  }

  /**
   * Goes to an address, and on wherever it is sent, as far as `until` says. @param initiator the address of the page whose
   * link was followed; without it, the address was typed.
   */
  async navigate(
    url: string,
    initiator?: string,
    init: RequestInit = {},
  ): Promise<{ readonly url: string; readonly response: Response; readonly text: string }> {
    let isSameSite = initiator === undefined || siteOf(initiator) === siteOf(url);
    let request = init;
    for (let at = url, hops = 0; hops < 20; hops++) {
      const response = await fetch(at, {
        ...request,
        redirect: 'manual',
        headers: {
          ...Object.fromEntries(new Headers(request.headers)),
          'sec-fetch-site': initiator === undefined ? 'none' : isSameSite ? 'same-origin' : 'cross-site',
          ...this.#cookieHeader(at, isSameSite, true),
        },
      });
      this.#keep(at, response);
      const location = response.headers.get('location');
      if (location === null || response.status < 300 || response.status > 399) {
        return { url: at, response, text: await response.text() };
      }
      await response.body?.cancel();
      const next = new URL(location, at).href;
      // Once another site is in the chain, it is cross-site to its end.
      isSameSite &&= siteOf(next) === siteOf(at);
      at = next;
      request = {};
    }
    throw new Error('It is sent on and on');
  }

  #of(host: string): Map<string, KeptCookie> {
    const kept = this.#cookies.get(host) ?? new Map<string, KeptCookie>();
    this.#cookies.set(host, kept);
    return kept;
  }

  #cookieHeader(url: string, isSameSite: boolean, isNavigation: boolean): Readonly<Record<string, string>> {
    const sent = [...this.#of(siteOf(url))].filter(
      ([, { sameSite }]) => isSameSite || (isNavigation && sameSite === 'lax') || sameSite === 'none',
    );
    return sent.length === 0 ? {} : { cookie: sent.map(([name, { value }]) => `${name}=${value}`).join('; ') };
  }

  #keep(url: string, { headers }: Response): void {
    const kept = this.#of(siteOf(url));
    for (const line of headers.getSetCookie()) {
      const [pair = '', ...rest] = line.split(';').map((part) => part.trim());
      const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      const attributes = rest.map((attribute) => attribute.toLowerCase());
      const sameSite = attributes.find((one) => one.startsWith('samesite='))?.slice('samesite='.length) ?? 'lax';
      if (attributes.includes('max-age=0')) kept.delete(name);
      else kept.set(name, { value, sameSite, attributes });
    }
  }

  /** As the pages do, which learn it with the session. */
  #noteToken({ status, headers, text }: TestAnswer): void {
    if (status !== 200 || headers.get('content-type')?.startsWith('application/json') !== true) return;
    const { csrfToken } = JSON.parse(text) as { csrfToken?: string };
    this.#csrf = csrfToken ?? this.#csrf;
  }
}
