import { randomInt, randomUUID } from 'node:crypto';
import type { Cancel, Clock } from '../domain/clock.ts';
import { errorCode } from '../domain/error-code.ts';
import type { Log } from '../domain/log.ts';
import type { Meter } from '../domain/meter.ts';
import type { OperatorAlert, OperatorAlerts } from '../services/ports/operator-alerts.ts';
import { alertBody } from './alert-text.ts';
import { postMessage, type Webhook, type WebhookMessage } from './webhook-post.ts';

export interface WebhookAlertsParts {
  readonly webhook: Webhook;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** From 0 to below 1, uniform; spreads the attempts of several services. */
  readonly random?: () => number;
}

/** Alerts on their way. */
export interface WebhookAlerts extends OperatorAlerts {
  /** How many are not delivered yet. */
  readonly waiting: number;
  /** Gives up what is being delivered and forgets what waits. Never rejects. */
  close(): Promise<void>;
}

interface WaitingAlert extends WebhookMessage {
  /** On the monotonic clock. */
  readonly raisedAt: number;
}

type Attempt =
  | { readonly kind: 'delivered' }
  /** The other side does not want this one; asking again would be no use. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string };

/** More than this many are told by nobody any more; each is in the log, too. */
const MOST_WAITING = 100;

/** How long an answer may take, in milliseconds. */
const ANSWER_DEADLINE = 5_000;

/** After so long an alert is news no more, in milliseconds. */
const LIFETIME = 3_600_000;

/** Between two attempts, in milliseconds: doubling from the first to the longest, a fifth of it left to chance either way. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 60_000;
const JITTER = 0.2;

/** Statuses that another attempt may change, besides those from 500 on. */
const WORTH_ANOTHER = new Set([408, 425, 429]);

const randomFraction = (): number => randomInt(2 ** 32) / 2 ** 32;

/** Posts alerts one after the other, in the order they were raised, and never keeps who raises them waiting. */
class PostedAlerts implements WebhookAlerts {
  readonly #parts: WebhookAlertsParts;
  readonly #queue: WaitingAlert[] = [];
  #working: Promise<void> | undefined;
  #current: AbortController | undefined;
  #endPause: (() => void) | undefined;
  #isClosed = false;
  #failures = 0;
  /** Whether the operator has been told that alerts do not arrive. */
  #isTold = false;

  constructor(parts: WebhookAlertsParts) {
    this.#parts = parts;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  raise(alert: OperatorAlert): void {
    if (this.#isClosed || this.#queue.length >= MOST_WAITING) {
      this.#parts.meter.count('alert', 'dropped');
      this.#complain('too many alerts wait');
      return;
    }
    const id = randomUUID();
    this.#queue.push({ id, body: alertBody(id, alert), raisedAt: this.#parts.clock.monotonic() });
    this.#working ??= this.#work();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#current?.abort();
    this.#endPause?.();
    await this.#working;
    const left = this.#queue.splice(0).length;
    for (let alert = 0; alert < left; alert += 1) this.#parts.meter.count('alert', 'dropped');
    if (left > 0) this.#parts.log.warn({ event: 'alerts', alerts: left }, 'Alerts are given up, for the service stops');
  }

  /** Never rejects. */
  async #work(): Promise<void> {
    for (let alert = this.#queue[0]; alert !== undefined && !this.#isClosed; alert = this.#queue[0]) {
      const attempt = this.#isNews(alert) ? await this.#attempt(alert) : undefined;
      if (this.#isClosed && attempt?.kind !== 'delivered') break;
      await this.#settle(attempt);
    }
    this.#working = undefined;
  }

  #isNews({ raisedAt }: WaitingAlert): boolean {
    return this.#parts.clock.monotonic() - raisedAt < LIFETIME;
  }

  /** @param attempt undefined when the alert at the head of the queue was too old for another. */
  async #settle(attempt: Attempt | undefined): Promise<void> {
    const { meter, log } = this.#parts;
    switch (attempt?.kind) {
      case undefined:
        this.#queue.shift();
        meter.count('alert', 'expired');
        break;
      case 'delivered':
        this.#queue.shift();
        meter.count('alert', 'delivered');
        this.#failures = 0;
        if (this.#isTold) log.info({ event: 'alerts' }, 'Alerts are delivered again');
        this.#isTold = false;
        break;
      case 'refused':
        this.#queue.shift();
        meter.count('alert', 'refused');
        this.#complain(attempt.why);
        break;
      case 'failed':
        meter.count('alert', 'retried');
        this.#complain(attempt.why);
        this.#failures += 1;
        await this.#pause();
        break;
    }
  }

  /** Once, until one is delivered again: whoever reads the log has it all there, and the webhook may be down for days. */
  #complain(why: string): void {
    if (this.#isTold || this.#isClosed) return;
    this.#isTold = true;
    const { log, webhook } = this.#parts;
    log.warn({ event: 'alerts', host: webhook.url.host, why }, 'Alerts cannot be delivered to the webhook');
  }

  async #attempt(alert: WaitingAlert): Promise<Attempt> {
    const { clock, webhook } = this.#parts;
    const controller = new AbortController();
    this.#current = controller;
    const cancel = clock.after(ANSWER_DEADLINE, () => controller.abort());
    try {
      return verdictOn(await postMessage(webhook, alert, clock.now(), controller.signal));
    } catch (error) {
      return {
        kind: 'failed',
        why: controller.signal.aborted ? 'no answer in time' : (errorCode(error) ?? 'no answer'),
      };
    } finally {
      cancel();
      this.#current = undefined;
    }
  }

  async #pause(): Promise<void> {
    const { clock, random = randomFraction } = this.#parts;
    const time = Math.min(FIRST_PAUSE * 2 ** (this.#failures - 1), LONGEST_PAUSE);
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel: Cancel = clock.after(time * (1 - JITTER + 2 * JITTER * random()), resolve);
    this.#endPause = resolve;
    if (this.#isClosed) resolve();
    await promise;
    cancel();
    this.#endPause = undefined;
  }
}

function verdictOn(status: number): Attempt {
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  const why = `status ${status}`;
  return status >= 500 || WORTH_ANOTHER.has(status) ? { kind: 'failed', why } : { kind: 'refused', why };
}

/** Makes what posts alerts to a webhook. */
export function createWebhookAlerts(parts: WebhookAlertsParts): WebhookAlerts {
  return new PostedAlerts(parts);
}
