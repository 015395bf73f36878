import { randomUUID } from 'node:crypto';
import { hostname, networkInterfaces } from 'node:os';
import type { Clock } from '../clock.ts';
import { FsEvent } from './event.ts';
import type { EventName } from './event-names.ts';

/** Who is told of events. */
export interface EventListener {
  /** Whether it may want an event of this name; asked before an event is made at all. */
  wants(name: EventName): boolean;
  /** The one channel whose events it hears; `undefined` for all. */
  readonly focus: string | undefined;
  hear(event: FsEvent): void;
}

/** A listener's place in the bus. */
export interface Listening {
  /** Its focus has changed. */
  refocus(): void;
  stop(): void;
}

const twoDigits = (number: number) => String(number).padStart(2, '0');

function localDate(date: Date): string {
  const day = `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
  return `${day} ${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}:${twoDigits(date.getSeconds())}`;
}

/** This host's first address of a family that is not loopback, or loopback. */
function guessAddress(family: 'IPv4' | 'IPv6'): string {
  const addresses = Object.values(networkInterfaces()).flatMap((entries = []) => entries);
  const outer = addresses.find((entry) => entry.family === family && !entry.internal);
  return outer?.address ?? (family === 'IPv4' ? '127.0.0.1' : '::1');
}

/** Makes events with the headers that all have in common, and hands them to every listener. */
export class EventBus {
  readonly coreUuid = randomUUID();
  readonly hostname = hostname();
  readonly ipv4 = guessAddress('IPv4');
  readonly #ipv6 = guessAddress('IPv6');
  readonly #clock: Clock;
  /** By the channel that they hear; under `undefined` those that hear all. */
  readonly #listeners = new Map<string | undefined, Set<EventListener>>();
  #sequence = 0;
  #second = Number.NaN;
  #local = '';
  #gmt = '';

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Tells `listener` of events from now on. With hundreds of calls, each has a socket that hears of itself only. */
  listen(listener: EventListener): Listening {
    let focus = listener.focus;
    this.#place(focus, listener);
    const stop = () => {
      const group = this.#listeners.get(focus);
      group?.delete(listener);
      if (group?.size === 0) this.#listeners.delete(focus);
    };
    const refocus = () => {
      if (listener.focus === focus) return;
      stop();
      focus = listener.focus;
      this.#place(focus, listener);
    };
    return { refocus, stop };
  }

  /** Whether anybody may want an event of this name and channel. */
  isWanted(name: EventName, uuid: string | undefined): boolean {
    for (const group of [undefined, uuid]) {
      for (const listener of this.#listeners.get(group) ?? []) if (listener.wants(name)) return true;
    }
    return false;
  }

  /** A new event, with who sends it and when. */
  make(name: EventName): FsEvent {
    const now = this.#clock.now();
    const second = Math.floor(now / 1_000);
    if (second !== this.#second) {
      const date = new Date(now);
      this.#second = second;
      this.#local = localDate(date);
      this.#gmt = date.toUTCString();
    }
    return new FsEvent(name)
      .add('Core-UUID', this.coreUuid)
      .add('FreeSWITCH-Hostname', this.hostname)
      .add('FreeSWITCH-Switchname', this.hostname)
      .add('FreeSWITCH-IPv4', this.ipv4)
      .add('FreeSWITCH-IPv6', this.#ipv6)
      .add('Event-Date-Local', this.#local)
      .add('Event-Date-GMT', this.#gmt)
      .add('Event-Date-Timestamp', String(Math.round(now * 1_000)))
      .add('Event-Calling-File', 'media-server')
      .add('Event-Calling-Function', name.toLowerCase())
      .add('Event-Calling-Line-Number', '0')
      .add('Event-Sequence', String(++this.#sequence));
  }

  fire(event: FsEvent): void {
    const uuid = event.get('Unique-ID');
    for (const group of uuid === undefined ? [undefined] : [undefined, uuid]) {
      for (const listener of this.#listeners.get(group) ?? []) listener.hear(event);
    }
  }

  #place(focus: string | undefined, listener: EventListener): void {
    const group = this.#listeners.get(focus);
    if (group === undefined) this.#listeners.set(focus, new Set([listener]));
    else group.add(listener);
  }
}
