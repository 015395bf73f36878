import { join } from 'node:path';
import type { Config } from './config.ts';
import type { Clock } from './domain/clock.ts';
import { errorCode } from './domain/error-code.ts';
import type { Log } from './domain/log.ts';
import type { Meter } from './domain/meter.ts';
import { folderTransport } from './mail/folder-transport.ts';
import { createMailDelivery, type MailDelivery } from './mail/mail-delivery.ts';
import { smtpTransport } from './mail/smtp-transport.ts';
import { createAuditSealer } from './security/audit-sealer.ts';
import { createDecoys } from './security/decoys.ts';
import { openKeyFile } from './security/key-file.ts';
import { putSecretFile } from './security/key-file-access.ts';
import { createPinHasher, type MeasuredPinHasher } from './security/pin-hasher.ts';
import { createPinSealer } from './security/pin-sealer.ts';
import { createRequestDigests } from './security/request-digests.ts';
import { createWebSecrets } from './security/web-secrets.ts';
import { AccessRefusals } from './services/access-refusals.ts';
import { type AccessTokens, createAccessTokens } from './services/access-tokens.ts';
import { startAuditHeads } from './services/audit-head.ts';
import type { AuditSearch } from './services/audit-search.ts';
import { createAuditSearch } from './services/audit-search-service.ts';
import { createDirectory, type Directory } from './services/directory.ts';
import { IdempotentRequests, startIdempotencyPruning } from './services/idempotent-requests.ts';
import { auditMailOutcome } from './services/mail-outcomes.ts';
import type { MailboxAdministration } from './services/mailbox-administration.ts';
import { createMailboxAdministration } from './services/mailbox-administration-service.ts';
import type { ServiceParts } from './services/parts.ts';
import type { PinAdministration } from './services/pin-administration.ts';
import { createPinAdministration } from './services/pin-administration-service.ts';
import type { PinChanges } from './services/pin-changes.ts';
import { createPinChanges } from './services/pin-changes-service.ts';
import type { Database } from './services/ports/database.ts';
import type { OperatorAlerts } from './services/ports/operator-alerts.ts';
import type { WebSecrets } from './services/ports/web-secrets.ts';
import { rehearsalOf } from './services/rehearsal.ts';
import { SelfService } from './services/self-service.ts';
import { SessionWatch } from './services/session-watch.ts';
import { Sessions } from './services/sessions.ts';
import { sharedClockOf } from './services/shared-clock.ts';
import type { SignIn } from './services/sign-in.ts';
import { SignInLinks, startLinkPruning } from './services/sign-in-links.ts';
import { createSignIn } from './services/sign-in-service.ts';
import { startSourcePruning } from './services/source-limits.ts';
import { startSessionPruning, WebSessions } from './services/web-sessions.ts';
import { lockDatabase } from './storage/database-lock.ts';
import { openDatabase } from './storage/open-database.ts';

export interface CoreOptions {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly alerts: OperatorAlerts;
}

/** Everything below the telephone: the use cases over storage, keys and mail. */
export interface Core extends Pick<ServiceParts, 'database' | 'sessions' | 'auditSealer' | 'clock'> {
  readonly hasher: MeasuredPinHasher;
  readonly directory: Directory;
  readonly signIn: SignIn;
  readonly pinChanges: PinChanges;
  readonly pinAdministration: PinAdministration;
  readonly mailboxAdministration: MailboxAdministration;
  readonly auditSearch: AuditSearch;
  /** The same, in which nothing is stored, mailed, ended or logged (`-WhatIf`, SPEC §5). */
  readonly rehearsal: Pick<Core, 'directory' | 'pinAdministration' | 'mailboxAdministration'>;
  readonly accessTokens: AccessTokens;
  readonly accessRefusals: AccessRefusals;
  readonly idempotentRequests: IdempotentRequests;
  readonly webSecrets: WebSecrets;
  /** What people do with the pages. */
  readonly web: { readonly sessions: WebSessions; readonly links: SignInLinks; readonly selfService: SelfService };
  /** The file with the token that was made because there was none; undefined when it was not. */
  readonly firstToken: string | undefined;
  /** Delivers nothing before it is started. */
  readonly mail: MailDelivery;
}

/** Sees to it that somebody can be let in at all. Says where the token is, and never which. */
async function ensureFirstToken(tokens: AccessTokens, { dataDir }: Config, log: Log): Promise<string | undefined> {
  const file = join(dataDir, 'admin-token');
  const deliver = async (token: string): Promise<void> => {
    try {
      await putSecretFile(file, `${token}\n`);
    } catch (error) {
      throw new Error(`The first access token cannot be written to ${file} (${errorCode(error)}).`, { cause: error });
    }
  };
  if (!(await tokens.ensureFirst(deliver))) return undefined;
  log.info({ file }, 'There was no access token; one of Organization Management has been made and is in this file');
  return file;
}

/** A file is for one service at a time; a server is there for several. */
async function openStorage({ config, log, clock }: CoreOptions, opened: AsyncDisposableStack): Promise<Database> {
  if ('file' in config.database) {
    const lock = lockDatabase(config.database.file);
    opened.defer(() => lock.release());
  }
  const database = await openDatabase({ ...config.database, log, clock });
  opened.defer(() => database.close());
  return database;
}

/**
 * Opens database and key file and joins the use cases with what they need; what is opened is closed by `opened`, mails
 * that are being delivered first. Rejects with an error that says what to do when the database or the key file cannot
 * be used.
 */
export async function openCore(options: CoreOptions, opened: AsyncDisposableStack): Promise<Core> {
  const { config, log, meter, alerts } = options;
  const database = await openStorage(options, opened);
  const clock = await sharedClockOf(database, options, opened);
  const { secretKeyFile: file, createSecretKeyFile: create } = config;
  const { keys, retired } = await openKeyFile({ file, create, pinKeys: database.pinKeys, log });
  const pinSealer = createPinSealer(keys);
  const webSecrets = createWebSecrets(keys);
  const auditSealer = createAuditSealer(keys, retired);
  const transport =
    config.smtp === undefined ? folderTransport(join(config.dataDir, 'mail')) : smtpTransport(config.smtp);
  const mail = createMailDelivery({
    database,
    sealer: pinSealer,
    linkToken: (id) => webSecrets.linkToken(id),
    transport,
    from: config.mailFrom,
    clock,
    log,
    meter,
    onSettled: (stores, outcome) => auditMailOutcome(stores, auditSealer, outcome),
  });
  opened.defer(() => mail.close());
  const hasher = createPinHasher({ keys, clock, meter });
  const parts: ServiceParts = {
    database,
    hasher,
    pinSealer,
    auditSealer,
    sessions: new Sessions(),
    clock,
    log,
    meter,
    alerts,
    mailQueued: () => mail.wake(),
  };
  const watch = new SessionWatch(parts);
  opened.defer(() => watch.close());
  const { sourceLimits, sprayLimits } = config;
  const signIn = await createSignIn({ ...parts, decoys: createDecoys(keys), sourceLimits, sprayLimits });
  opened.defer(await startAuditHeads({ audit: database.audit, clock, log }));
  opened.defer(await startSourcePruning(parts));
  const accessTokens = createAccessTokens({ ...parts, isOneOfSeveralWays: config.oidc !== undefined });
  const accessRefusals = new AccessRefusals(parts);
  opened.defer(() => accessRefusals.close());
  opened.defer(await startIdempotencyPruning(parts));
  opened.defer(await startSessionPruning(parts));
  opened.defer(await startLinkPruning(parts));
  const links = new SignInLinks({ ...parts, webSecrets });
  opened.defer(() => links.idle());
  const own = { ...parts, pinAdministration: createPinAdministration(parts) };
  return {
    ...parts,
    hasher,
    ...administrationOf(parts),
    accessTokens,
    accessRefusals,
    idempotentRequests: new IdempotentRequests({ ...parts, digests: createRequestDigests(keys) }),
    webSecrets,
    web: { sessions: new WebSessions({ ...parts, webSecrets }), links, selfService: new SelfService(own) },
    firstToken: await ensureFirstToken(accessTokens, config, log),
    signIn,
    pinChanges: createPinChanges(parts),
    auditSearch: createAuditSearch(parts),
    rehearsal: administrationOf(rehearsalOf(parts)),
    mail,
  };
}

/** What administrators do. */
function administrationOf(parts: ServiceParts): Core['rehearsal'] {
  return {
    directory: createDirectory(parts),
    pinAdministration: createPinAdministration(parts),
    mailboxAdministration: createMailboxAdministration(parts),
  };
}
