import type { EventName } from './event-names.ts';

/** How events are written on a connection. */
export type EventFormat = 'plain' | 'json' | 'xml';

const listPrefix = 'ARRAY::';
const encodeCharacter = (character: string) =>
  [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');

/** Escapes a value for the plain format: as FreeSWITCH does, an escape that is there already stays as it is. */
export function encodeValue(value: string): string {
  return value.replace(/%[0-9A-F]{2}|[^!$'()*,\-./0-9A-Z_a-z~]/gu, (match) =>
    match.length === 3 && match.startsWith('%') ? match : encodeCharacter(match),
  );
}

/**
 * A header. It keeps what it is in JSON: a call's variables, some hundred of them, are told again in each of its events,
 * and most never change: without that, an event of 6.5 KiB takes up to twice the time.
 */
export class EventHeader {
  readonly name: string;
  readonly value: string;
  #json: string | undefined;

  constructor(name: string, value: string) {
    this.name = name;
    this.value = value;
  }

  /** As a member of a JSON object. Lists, which have a mark in front and "|:" between their values, are arrays there. */
  get json(): string {
    if (this.#json !== undefined) return this.#json;
    const { name, value } = this;
    const member = value.startsWith(listPrefix) ? value.slice(listPrefix.length).split('|:') : value;
    this.#json = `${JSON.stringify(name)}:${JSON.stringify(member)}`;
    return this.#json;
  }
}

/** An event: named headers in order, and at most one body. */
export class FsEvent {
  readonly name: EventName;
  readonly #headers = new Map<string, EventHeader>();
  body: string | undefined;

  constructor(name: EventName) {
    this.name = name;
    this.add('Event-Name', name);
  }

  /** Adds a header at the end; one of the same name is replaced. `undefined` adds nothing. */
  add(name: string, value: string | undefined): this {
    if (value !== undefined) this.put(new EventHeader(name, value));
    return this;
  }

  /** Adds a header, which other events may have, too, as {@link add} does. */
  put(header: EventHeader): void {
    if (this.#headers.has(header.name)) this.#headers.delete(header.name);
    this.#headers.set(header.name, header);
  }

  /** The value of a header; its name is found in any case. */
  get(name: string): string | undefined {
    const exact = this.#headers.get(name);
    if (exact !== undefined) return exact.value;
    const wanted = name.toLowerCase();
    for (const header of this.#headers.values()) if (header.name.toLowerCase() === wanted) return header.value;
    return undefined;
  }

  /** The event in a format, without the lines that frame it on a connection. */
  write(format: EventFormat): string {
    switch (format) {
      case 'plain':
        return this.#plain();
      case 'json':
        return this.#json();
      case 'xml':
        return this.#xml();
    }
  }

  #plain(): string {
    let text = '';
    for (const { name, value } of this.#headers.values()) text += `${name}: ${encodeValue(value) || '_undef_'}\n`;
    if (this.body === undefined) return `${text}\n`;
    return `${text}Content-Length: ${Buffer.byteLength(this.body)}\n\n${this.body}`;
  }

  #json(): string {
    const members: string[] = [];
    for (const { json } of this.#headers.values()) members.push(json);
    if (this.body !== undefined) {
      members.push(`"Content-Length":"${Buffer.byteLength(this.body)}"`, `"_body":${JSON.stringify(this.body)}`);
    }
    return `{${members.join(',')}}`;
  }

  #xml(): string {
    const lines = Array.from(
      this.#headers.values(),
      ({ name, value }) => `    <${name}>${escapeXml(encodeValue(value))}</${name}>\n`,
    );
    const body =
      this.body === undefined
        ? ''
        : `  <Content-Length>${Buffer.byteLength(this.body)}</Content-Length>\n  <body>${escapeXml(this.body)}</body>\n`;
    return `<event>\n  <headers>\n${lines.join('')}  </headers>\n${body}</event>\n`;
  }
}

function escapeXml(text: string): string {
  return text.replace(/[&<>]/g, (character) => (character === '&' ? '&amp;' : character === '<' ? '&lt;' : '&gt;'));
}
