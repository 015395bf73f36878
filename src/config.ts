import { isIP } from 'node:net';
import { resolve } from 'node:path';
import Type, { type StaticDecode } from 'typebox';
import { Value } from 'typebox/value';
import { DATABASE_SETTINGS, databasePlace, problemsOfDatabase } from './database-settings.ts';
import { isMailAddress } from './domain/mailbox-identity.ts';
import { isUsableAddress } from './mail/compose-mail.ts';
import { parseSmtpUrl, SMTP_URL_RULE, type SmtpSettings } from './mail/smtp-url.ts';
import {
  isLoopback,
  OIDC_SETTINGS,
  type OidcClientSettings,
  type OidcSettings,
  oidcClient,
  oidcSettings,
  problemsOfOidc,
} from './oidc-settings.ts';
import { type PeerList, parsePeerList } from './peer-list.ts';
import { insertSecrets } from './secret-files.ts';
import { SOURCE_LIMIT_DEFAULTS } from './services/source-limits.ts';
import { SPRAY_DEFAULTS } from './services/spray-alarm.ts';
import { setting, unlessEmpty, whenSet } from './setting.ts';
import {
  countOrUnlimited,
  defaultSipListen,
  type EngineAddress,
  engineAddress,
  engineAddresses,
  type ListenAddress,
  listenAddress,
  type PortRange,
  portRange,
  publicUrl,
  type SipListenAddress,
  sipListenAddresses,
  webhookUrl,
  wholeNumber,
} from './setting-texts.ts';
import type { DatabasePlace } from './storage/open-database.ts';
import { filePath, problemsOfTls, type TlsFileSettings, tlsFileSettings } from './tls-settings.ts';

export type { OidcSettings } from './oidc-settings.ts';
export type { EngineAddress, ListenAddress, PortRange, SipListenAddress } from './setting-texts.ts';
export type { TlsFileSettings } from './tls-settings.ts';

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const PRIVATE_RANGES = '127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,::1/128,fc00::/7';
const HOST_NAME = /^[0-9A-Za-z.:-]{1,255}$/;

const Settings = Type.Object({
  DATA_DIR: setting(
    'a folder, where the database, the key file and the mails are kept unless they are elsewhere',
    './data',
    (text) => (text === '' ? undefined : resolve(text)),
  ),
  ...DATABASE_SETTINGS,
  SIP_LISTEN: setting(
    'comma-separated address:port (IPv6 in brackets) to listen on for SIP over UDP and TCP, at least one, and tls:address:port for TLS; absent, port 5060 everywhere',
    '',
    unlessEmpty(sipListenAddresses),
  ),
  TLS_CERT_FILE: setting('a PEM file, the certificate for SIP over TLS and those behind it', '', filePath),
  TLS_KEY_FILE: setting('a PEM file, the key of TLS_CERT_FILE', '', filePath),
  TLS_CA_FILE: setting(
    'a PEM file, the authorities whose certificates peers must show on SIP over TLS; absent, none is asked for',
    '',
    filePath,
  ),
  RTP_PORTS: setting('first-last, UDP ports from 1024 to 65535, at least two', '20000-29999', portRange),
  ADVERTISED_ADDRESS: setting(
    'the IP address that phones reach this machine by, when it is behind NAT',
    '',
    // Session descriptions name it, and media is not sent to names.
    unlessEmpty((text) => (isIP(text) === 0 ? undefined : text)),
  ),
  ALLOWED_PEERS: setting(
    'comma-separated IP addresses and CIDR blocks that may call',
    PRIVATE_RANGES,
    (text): PeerList | undefined => parsePeerList(text),
  ),
  TRUSTED_PEERS: setting(
    "comma-separated IP addresses and CIDR blocks that may assert a caller's number",
    '',
    (text): PeerList | undefined => parsePeerList(text),
  ),
  DRACHTIO_URL: setting(
    'drachtio://:SECRET@HOST[:PORT] of a drachtio-server, SECRET here or in the file DRACHTIO_SECRET_FILE; absent, the embedded one is used',
    '',
    unlessEmpty((text) => engineAddress(text, 'drachtio', 9022)),
  ),
  FREESWITCH_URLS: setting(
    'comma-separated freeswitch://:SECRET@HOST[:PORT], one for each FreeSWITCH, SECRET here or in the file FREESWITCH_PASSWORD_FILE; absent, the embedded one is used',
    '',
    unlessEmpty(engineAddresses),
  ),
  EVENT_SOCKET_LISTEN: setting(
    'address:port on which media servers reach this process with the event socket of each call',
    '127.0.0.1:0',
    listenAddress,
  ),
  EVENT_SOCKET_ADVERTISED: setting(
    'the IPv4 address that media servers are told to reach EVENT_SOCKET_LISTEN by; absent, the address listened on',
    '',
    unlessEmpty((text) => (HOST_NAME.test(text) ? text : undefined)),
  ),
  MAX_CALLS: setting('a whole number from 1 to 10000: calls at the same time', '400', (text) =>
    wholeNumber(text, 1, 10_000),
  ),
  DRAIN_SECONDS: setting(
    'a whole number from 0 to 7200: how long a stop waits for living calls, in seconds',
    '30',
    (text) => wholeNumber(text, 0, 7200),
  ),
  EMBEDDED_DRACHTIO_LISTEN: setting(
    'address:port that `npm run embedded` offers in place of a drachtio-server',
    '127.0.0.1:9022',
    listenAddress,
  ),
  EMBEDDED_MEDIA_LISTEN: setting(
    'address:port that `npm run embedded` offers in place of the event socket of a FreeSWITCH',
    '127.0.0.1:8021',
    listenAddress,
  ),
  SMTP_URL: setting(
    `${SMTP_URL_RULE}; absent, mails are files in DATA_DIR/mail`,
    '',
    unlessEmpty((text) => parseSmtpUrl(text)),
  ),
  MAIL_FROM: setting('a mail address, the sender of every mail', 'touchtone@localhost', (text) =>
    isMailAddress(text) && isUsableAddress(text) ? text : undefined,
  ),
  SOURCE_FAILURES_SLOWED: setting(
    'a whole number from 1 to 1000000, or unlimited: failed sign-ins in an hour that slow their source down',
    String(SOURCE_LIMIT_DEFAULTS.slowAt),
    countOrUnlimited,
  ),
  SOURCE_FAILURES_REFUSED: setting(
    'a whole number from 1 to 1000000, or unlimited: failed sign-ins in an hour after which their source is refused',
    String(SOURCE_LIMIT_DEFAULTS.refuseAt),
    countOrUnlimited,
  ),
  HTTP_LISTEN: setting('address:port to listen on for HTTP, for administrators', '127.0.0.1:8080', listenAddress),
  HTTP_TRUSTED_PROXIES: setting(
    'comma-separated IP addresses and CIDR blocks of the proxies whose X-Forwarded-For is believed',
    '',
    (text): PeerList | undefined => parsePeerList(text),
  ),
  PUBLIC_URL: setting(
    'the http:// or https:// URL that administrators and users reach HTTP by, without path, query and user',
    '',
    unlessEmpty(publicUrl),
  ),
  ...OIDC_SETTINGS,
  SPRAY_MAILBOXES: setting(
    'a whole number from 2 to 100: mailboxes at which sign-ins from one source fail before the operator is told',
    String(SPRAY_DEFAULTS.mailboxes),
    (text) => wholeNumber(text, 2, 100),
  ),
  SPRAY_MINUTES: setting(
    'a whole number from 1 to 1440: within how many minutes they fail',
    String(SPRAY_DEFAULTS.minutes),
    (text) => wholeNumber(text, 1, 1440),
  ),
  ALERT_WEBHOOK_URL: setting(
    'an http:// or https:// URL without user name and password, to which alerts are posted; absent, they are in the log only',
    '',
    unlessEmpty(webhookUrl),
  ),
  ALERT_WEBHOOK_SECRET: setting(
    '16 to 256 visible ASCII characters that alerts are signed with; absent, they are not signed',
    '',
    (text) => (text === '' || /^[!-~]{16,256}$/.test(text) ? text : undefined),
  ),
  SECRET_KEY_FILE: setting('a file; absent, touchtone.key in DATA_DIR', '', (text) =>
    text === '' ? '' : resolve(text),
  ),
  PROMPTS_DIR: setting('a folder with one folder of prompts for each language', '', (text) =>
    text === '' ? resolve(import.meta.dirname, '../prompts') : resolve(text),
  ),
  MEDIA_PROMPTS_DIR: setting(
    'the folder of PROMPTS_DIR as the media servers see it, an absolute path without "!"; absent, PROMPTS_DIR',
    '',
    (text) => (text === '' || (text.startsWith('/') && !text.includes('!')) ? text : undefined),
  ),
  LOG_LEVEL: setting(`one of ${LOG_LEVELS.join(', ')}`, 'info', (text) => LOG_LEVELS.find((level) => level === text)),
});

type Decoded = StaticDecode<typeof Settings>;
export type SettingName = keyof Decoded;

/** Everything that the environment decides, read once and frozen. */
export interface Config {
  readonly dataDir: string;
  /** The SQLite file in DATA_DIR, or a PostgreSQL server. */
  readonly database: DatabasePlace;
  /** Each is listened on over UDP and TCP, or over TLS; one at least is not for TLS. */
  readonly sipListen: readonly SipListenAddress[];
  /** Undefined when nothing is listened on over TLS. */
  readonly tlsFiles: TlsFileSettings | undefined;
  readonly rtpPorts: PortRange;
  readonly advertisedAddress: string | undefined;
  readonly allowedPeers: PeerList;
  readonly trustedPeers: PeerList;
  /** Undefined: the embedded SIP edge is used. */
  readonly drachtio: EngineAddress | undefined;
  /** Undefined: the embedded media server is used. */
  readonly freeswitches: readonly EngineAddress[] | undefined;
  readonly eventSocketListen: ListenAddress;
  readonly eventSocketAdvertised: string | undefined;
  readonly maxCalls: number;
  readonly drainSeconds: number;
  readonly embeddedDrachtioListen: ListenAddress;
  readonly embeddedMediaListen: ListenAddress;
  /** Undefined: mails are written as files. */
  readonly smtp: SmtpSettings | undefined;
  readonly mailFrom: string;
  /** Failed sign-ins from one source in an hour (SPEC §3.11). */
  readonly sourceLimits: { readonly slowAt: number | 'unlimited'; readonly refuseAt: number | 'unlimited' };
  readonly httpListen: ListenAddress;
  readonly httpTrustedProxies: PeerList;
  /** Without a slash at its end; undefined when nobody has said it. */
  readonly publicUrl: string | undefined;
  /** Whether all browsers are on this machine, so that nobody in between can read what they send. */
  readonly isLocal: boolean;
  /** Undefined: administrators are let in by access tokens only. */
  readonly oidc: OidcSettings | undefined;
  /** This service as a client of that; undefined: nobody signs in to the pages there. */
  readonly oidcClient: OidcClientSettings | undefined;
  /** Failed sign-ins at so many mailboxes from one source raise an alarm. */
  readonly sprayLimits: { readonly mailboxes: number; readonly minutes: number };
  /** Undefined: alerts are in the log only. */
  readonly alertWebhook: { readonly url: URL; readonly secret: string | undefined } | undefined;
  readonly secretKeyFile: string;
  /** Whether the key file is made when it is not there: only in DATA_DIR, for at a path of one's own that is a mistake. */
  readonly createSecretKeyFile: boolean;
  readonly promptsDir: string;
  readonly mediaPromptsDir: string;
  readonly logLevel: LogLevel;
}

/** One or more settings cannot be used. The message has a line for each, with its name and rule and never its value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`These settings cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

function decodeAll(environment: Readonly<Record<string, string | undefined>>, problems: string[]): Partial<Decoded> {
  const decoded: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(Settings.properties)) {
    const text = Value.Default(schema, environment[name]);
    try {
      decoded[name] = Value.Decode(schema, text);
    } catch {
      problems.push(`${name} must be ${'description' in schema ? schema.description : 'valid'}.`);
    }
  }
  return decoded as Partial<Decoded>;
}

/** Whether all browsers are on this machine: a proxy in front has others behind it, even where it is here, too. */
function isLocal({ PUBLIC_URL, HTTP_LISTEN, HTTP_TRUSTED_PROXIES }: Partial<Decoded>): boolean {
  const publicly = PUBLIC_URL && whenSet(PUBLIC_URL);
  if (publicly !== undefined) return isLoopback(new URL(publicly).hostname);
  return isLoopback(HTTP_LISTEN?.host ?? '') && HTTP_TRUSTED_PROXIES?.isEmpty === true;
}

/** Settings that need each other. */
function problemsBetween(decoded: Partial<Decoded>): readonly string[] {
  const { SIP_LISTEN, PUBLIC_URL, SMTP_URL, SECRET_KEY_FILE } = decoded;
  const listens = SIP_LISTEN && whenSet(SIP_LISTEN);
  const isReached = (PUBLIC_URL && whenSet(PUBLIC_URL) !== undefined) || isLocal(decoded);
  return [
    ...problemsOfOidc(decoded, isReached),
    ...problemsOfTls(listens, decoded),
    ...problemsOfDatabase(decoded, {
      mailsAreFiles: SMTP_URL !== undefined && whenSet(SMTP_URL) === undefined,
      makesKeyFile: SECRET_KEY_FILE === '',
    }),
  ];
}

function assemble(decoded: Decoded): Config {
  const alertUrl = whenSet(decoded.ALERT_WEBHOOK_URL);
  return Object.freeze({
    dataDir: decoded.DATA_DIR,
    database: databasePlace(decoded, decoded.DATA_DIR),
    sipListen: whenSet(decoded.SIP_LISTEN) ?? defaultSipListen(),
    tlsFiles: tlsFileSettings(decoded),
    rtpPorts: decoded.RTP_PORTS,
    advertisedAddress: whenSet(decoded.ADVERTISED_ADDRESS),
    allowedPeers: decoded.ALLOWED_PEERS,
    trustedPeers: decoded.TRUSTED_PEERS,
    drachtio: whenSet(decoded.DRACHTIO_URL),
    freeswitches: whenSet(decoded.FREESWITCH_URLS),
    eventSocketListen: decoded.EVENT_SOCKET_LISTEN,
    eventSocketAdvertised: whenSet(decoded.EVENT_SOCKET_ADVERTISED),
    maxCalls: decoded.MAX_CALLS,
    drainSeconds: decoded.DRAIN_SECONDS,
    embeddedDrachtioListen: decoded.EMBEDDED_DRACHTIO_LISTEN,
    embeddedMediaListen: decoded.EMBEDDED_MEDIA_LISTEN,
    smtp: whenSet(decoded.SMTP_URL),
    mailFrom: decoded.MAIL_FROM,
    sourceLimits: { slowAt: decoded.SOURCE_FAILURES_SLOWED, refuseAt: decoded.SOURCE_FAILURES_REFUSED },
    httpListen: decoded.HTTP_LISTEN,
    httpTrustedProxies: decoded.HTTP_TRUSTED_PROXIES,
    publicUrl: whenSet(decoded.PUBLIC_URL),
    isLocal: isLocal(decoded),
    oidc: oidcSettings(decoded),
    oidcClient: oidcClient(decoded),
    sprayLimits: { mailboxes: decoded.SPRAY_MAILBOXES, minutes: decoded.SPRAY_MINUTES },
    alertWebhook: alertUrl && { url: alertUrl, secret: decoded.ALERT_WEBHOOK_SECRET || undefined },
    createSecretKeyFile: decoded.SECRET_KEY_FILE === '',
    secretKeyFile: decoded.SECRET_KEY_FILE || resolve(decoded.DATA_DIR, 'touchtone.key'),
    promptsDir: decoded.PROMPTS_DIR,
    mediaPromptsDir: decoded.MEDIA_PROMPTS_DIR || decoded.PROMPTS_DIR,
    logLevel: decoded.LOG_LEVEL,
  });
}

/**
 * Reads the configuration from the environment. An empty value counts as absent.
 * @throws {ConfigError} naming every bad setting and its rule.
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const present = Object.fromEntries(
    Object.entries(environment).filter(([, text]) => text !== undefined && text !== ''),
  );
  const problems: string[] = [];
  const decoded = decodeAll(insertSecrets(present, problems), problems);
  problems.push(...problemsBetween(decoded));
  if ('ALERT_WEBHOOK_SECRET' in present && !('ALERT_WEBHOOK_URL' in present)) {
    problems.push('ALERT_WEBHOOK_SECRET signs what goes to ALERT_WEBHOOK_URL; set that, too.');
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return assemble(decoded as Decoded);
}
