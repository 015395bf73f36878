import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';
import { Waits } from '../phone/waits.ts';
import type { Certificate } from './certificates.ts';

/** How long a test waits for a mail, in milliseconds. */
const DEADLINE = 10_000;

/** A mail as it arrived. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  /** With its brackets; undefined when it has none. */
  readonly messageId: string | undefined;
  /** Whether it came over TLS. */
  readonly isSecure: boolean;
  /** Who had logged in. */
  readonly user: string | undefined;
}

/** A reply that turns something down. */
export interface Refusal {
  readonly code: number;
  readonly text: string;
}

type Judge<T> = (subject: T) => Refusal | undefined | Promise<Refusal | undefined>;

export interface SmtpSinkOptions {
  /** 0, any, when not given. */
  readonly port?: number;
  /** Secures connections, by STARTTLS unless `implicit`. */
  readonly tls?: Certificate;
  readonly implicit?: boolean;
  /** Asked for before anything is taken. */
  readonly login?: { readonly user: string; readonly password: string };
  readonly onRecipient?: Judge<string>;
  /** Judges a mail that has arrived whole; what is refused is not kept. */
  readonly onMail?: Judge<ReceivedMail>;
}

/** A mail server that keeps what it is sent. */
export interface SmtpSink {
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
  /** How many connections there have been. */
  readonly connections: number;
  /** How many there are now. */
  readonly openConnections: number;
  /** Waits until so many mails have been kept. */
  received(count: number): Promise<void>;
  close(): Promise<void>;
}

function refusalError({ code, text: words }: Refusal): Error {
  return Object.assign(new Error(words), { responseCode: code });
}

function receivedMail({ envelope, secure, user }: SMTPServerSession, raw: string): ReceivedMail {
  const { mailFrom, rcptTo } = envelope;
  return {
    from: mailFrom === false ? '' : mailFrom.address,
    to: rcptTo.map(({ address }) => address),
    raw,
    messageId: /^Message-ID: (\S+)/im.exec(raw)?.[1],
    isSecure: secure,
    user: typeof user === 'string' ? user : undefined,
  };
}

function tlsOptions({ tls, implicit = false }: SmtpSinkOptions): SMTPServerOptions {
  return tls === undefined ? {} : { ...tls, secure: implicit };
}

function disabledCommands({ tls, login }: SmtpSinkOptions): string[] {
  return [...(tls === undefined ? ['STARTTLS'] : []), ...(login === undefined ? ['AUTH'] : [])];
}

function loginOptions({ login }: SmtpSinkOptions): SMTPServerOptions {
  if (login === undefined) return { authOptional: true };
  return {
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, callback) => {
      const isRight = username === login.user && password === login.password;
      if (isRight) callback(null, { user: username });
      else callback(refusalError({ code: 535, text: '5.7.8 Authentication credentials invalid' }));
    },
  };
}

/** Starts one on a port of this machine. */
export async function startSmtpSink(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const mails: ReceivedMail[] = [];
  let connections = 0;
  const waits = new Waits(() => `${mails.length} mails arrived over ${connections} connections`);
  const judge = async (judged: Refusal | undefined | Promise<Refusal | undefined>): Promise<Error | undefined> => {
    const refusal = await judged;
    return refusal && refusalError(refusal);
  };
  const server = new SMTPServer({
    ...tlsOptions(options),
    ...loginOptions(options),
    disabledCommands: disabledCommands(options),
    logger: false,
    disableReverseLookup: true,
    closeTimeout: 100,
    onConnect: (_session, callback) => {
      connections++;
      callback();
    },
    onRcptTo: ({ address }, _session, callback) => {
      void judge(options.onRecipient?.(address)).then((error) => callback(error));
    },
    onData: (stream, session, callback) => {
      const take = async (): Promise<Error | undefined> => {
        const mail = receivedMail(session, await text(stream));
        const error = await judge(options.onMail?.(mail));
        if (error === undefined) mails.push(mail);
        waits.changed();
        return error;
      };
      take().then((error) => callback(error ?? null), callback);
    },
  });
  // Clients that a test makes give up are no fault of the server.
  server.on('error', () => undefined);
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    get connections() {
      return connections;
    },
    get openConnections() {
      return server.connections.size;
    },
    received: async (count) => {
      await waits.until(`${count} mails`, DEADLINE, () => (mails.length >= count ? true : undefined));
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
