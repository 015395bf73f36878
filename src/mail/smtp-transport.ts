import { createTransport, type NodemailerError } from 'nodemailer';
import type { ComposedMail } from './compose-mail.ts';
import type { Delivery, MailTransport } from './mail-transport.ts';
import type { SmtpSettings } from './smtp-url.ts';
import { judgeFailure } from './smtp-verdict.ts';

/** How long a mail server may take, in milliseconds. */
export interface SmtpTimeouts {
  /** From looking its name up to being connected and secured. */
  readonly connection: number;
  /** For its greeting, once it is connected. */
  readonly greeting: number;
  /** For the next byte, at any time after. */
  readonly silence: number;
  /** For a whole mail, connecting and waiting for a connection of the pool included. */
  readonly mail: number;
}

/**
 * Shorter than RFC 5321 §4.5.3.2 has them, which thinks of servers across the world: this one is a site's own relay,
 * and what is cut off too early is tried again and recognised by its Message-ID.
 */
const SMTP_TIMEOUTS: SmtpTimeouts = { connection: 20_000, greeting: 10_000, silence: 30_000, mail: 120_000 };

/** How many mails go out at the same time, each on a connection of its own. */
const CONNECTIONS = 3;

/** What nodemailer is told of TLS. A certificate is verified always, whatever NODE_TLS_REJECT_UNAUTHORIZED says. */
function tlsOptions(security: SmtpSettings['security']) {
  return {
    secure: security === 'implicit',
    requireTLS: security === 'required',
    ignoreTLS: security === 'none',
    tls: { rejectUnauthorized: true, minVersion: 'TLSv1.2' },
  } as const;
}

class SmtpTransport implements MailTransport {
  readonly kind = 'smtp';
  readonly longest: number;
  readonly #pool;

  constructor({ host, port, security, login }: SmtpSettings, timeouts: SmtpTimeouts) {
    this.longest = timeouts.mail;
    this.#pool = createTransport({
      pool: true,
      host,
      port,
      ...tlsOptions(security),
      // A login that is not asked for is tried all the same: without it, a server set up wrongly would pass unnoticed.
      ...(login === undefined ? {} : { auth: { user: login.user, pass: login.password }, forceAuth: true }),
      maxConnections: CONNECTIONS,
      maxMessages: 100,
      // Once, for a connection that the server had closed while it was idle; the worker tries again after that.
      maxRequeues: 1,
      connectionTimeout: timeouts.connection,
      dnsTimeout: timeouts.connection,
      greetingTimeout: timeouts.greeting,
      socketTimeout: timeouts.silence,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  async send({ envelope, message }: ComposedMail, signal: AbortSignal): Promise<Delivery> {
    try {
      await this.#pool.sendMail({ envelope, raw: message, signal });
      return { kind: 'delivered' };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return judgeFailure(error as NodemailerError);
    }
  }

  close(): void {
    this.#pool.close({ force: true });
  }
}

/**
 * Sends mails to a server by SMTP (RFC 5321), on connections that are kept for the next mail. A slow or silent server
 * holds a mail up for `timeouts.mail` at most.
 */
export function smtpTransport(settings: SmtpSettings, timeouts: SmtpTimeouts = SMTP_TIMEOUTS): MailTransport {
  return new SmtpTransport(settings, timeouts);
}
