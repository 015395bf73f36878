/**
 * DO NOT MODIFY - This file has been generated using oazapfts.
 * See https://www.npmjs.com/package/oazapfts
 */
import * as Oazapfts from "@oazapfts/runtime";
import * as QS from "@oazapfts/runtime/query";
export const defaults: Oazapfts.Defaults<Oazapfts.CustomHeaders> = {
    headers: {},
    baseUrl: "/"
};
const oazapfts = Oazapfts.runtime(defaults);
export const servers = {
    server1: "/"
};
export type WebConfig = {
    oidc: {
        /** Who the identity provider is. */
        name: string;
    } | null;
    selfService: ("oidc" | "link") | null;
    /** The language of the pages. */
    locale: string;
    /** The version of the service. */
    version: string;
};
export type AdministratorSession = {
    /** Whose session it is. */
    kind: "administrator";
    /** As the audit trail has it. */
    name: string;
    roles: ("organization-management" | "um-management" | "help-desk" | "view-only")[];
    /** Operations of this document that these roles may use, and what of one is for some roles only. */
    may: string[];
    /** How it was begun. */
    signedInBy: "token" | "oidc";
    /** What changes something sends it as `X-CSRF-Token`. */
    csrfToken: string;
    /** When it ends unless it is used. */
    idleUntil: string;
    /** When it ends, however much it is used. */
    until: string;
};
export type Problem = {
    /** What sort of problem it is: a path that never changes, and that can be opened. */
    "type": string;
    /** The same in a few words. */
    title: string;
    /** The HTTP status. */
    status: number;
    /** What it is about this time, in words for people. */
    detail?: string;
    /** Which request it was, as in the log. */
    instance?: string;
    /** The PIN rule that refused. */
    rule?: string;
    /** Which common pattern the PIN is. */
    pattern?: string;
    /** How many of the last PINs are not taken again. */
    lastPins?: number;
    /** The setting that was refused. */
    setting?: string;
    /** The least it may be. */
    minimum?: number;
    /** The most it may be. */
    maximum?: number;
    /** Whether it may be `unlimited`, too. */
    orUnlimited?: boolean;
    /** The other setting that limits it. */
    limit?: string;
    /** How many digits extensions of the dial plan have. */
    extensionDigits?: number;
    /** The number that it is about. */
    "number"?: string;
    /** The name that it is about. */
    name?: string;
    /** The addresses of the mailboxes that are meant by it. */
    candidates?: string[];
    /** Everything about the request that its schema refuses. */
    errors?: {
        /** Where in the request. */
        path: string;
        /** What is wrong there. */
        message: string;
    }[];
};
export type TokenSignIn = {
    /** The token. */
    token: string;
};
export type LinkRequest = {
    /** The address of the mailbox. */
    address: string;
};
export type Nothing = {};
export type LinkSignIn = {
    /** What the link has behind its `#`. */
    token: string;
};
export type UserSession = {
    /** Whose session it is. */
    kind: "user";
    /** The address of the mailbox. */
    address: string;
    /** Whose mailbox it is. */
    displayName: string;
    /** How it was begun. */
    signedInBy: "link" | "oidc";
    /** What changes something sends it as `X-CSRF-Token`. */
    csrfToken: string;
    /** When it ends unless it is used. */
    idleUntil: string;
    /** When it ends, however much it is used. */
    until: string;
};
export type OwnMailbox = {
    /** Whose it is. */
    displayName: string;
    /** Its address. */
    address: string;
    /** The primary one first. */
    extensions: string[];
    /** What is called to sign in. */
    accessNumbers: string[];
    /** The PIN. */
    pin: {
        /** Whether it has to be changed at the next sign-in: because of its age, or because it was reset or is the first. */
        state: "ok" | "expired" | "must-change";
        /** Since when it is the PIN. */
        setAt: string;
        expiresAt: string | null;
    };
    /** Whether it is locked. */
    lockedOut: boolean;
    lockedUntil: string | null;
    /** Failed sign-ins since the last success. */
    failuresSinceSuccess: number;
    lastSuccessAt: string | null;
    /** Sign-ins by telephone, the newest first, 20 at most. */
    recentSignIns: {
        /** When it was. */
        at: string;
        /** How it came out. */
        outcome: "succeeded" | "failed" | "locked-out" | "turned-away";
        callingNumber: string | null;
    }[];
    /** Its IANA time zone. */
    timeZone: string;
    /** How it tells the time. */
    clock: "12-hour" | "24-hour";
    mail: {
        /** Waiting for delivery, delivered, replaced by a newer mail, refused by the mail server, or given up after seven days. */
        status: "waiting" | "delivered" | "superseded" | "refused" | "expired";
        /** When it was queued. */
        queuedAt: string;
    } | null;
};
export type OwnReset = {
    /** Where the new PIN goes. */
    mailedTo: string;
    /** Waiting for delivery, delivered, replaced by a newer mail, refused by the mail server, or given up after seven days. */
    status: "waiting" | "delivered" | "superseded" | "refused" | "expired";
    /** Whether it is locked still: a lock that a person has set stays. */
    lockedOut: boolean;
};
export type OwnReport = {
    /** True. */
    lockedOut: boolean;
};
export type Reference = {
    /** Its id, which never changes. */
    id: string;
    /** Its name at the moment. */
    name: string;
};
export type Mailbox = {
    /** Id of the mailbox, which never changes. */
    id: string;
    /** Primary SMTP address, the user id. */
    address: string;
    /** Another name for the mailbox, unique like the address; up to 64 characters. */
    alias: string;
    /** The name of its user. */
    displayName: string;
    /** Its extensions, the primary one first; each exactly as long as the dial plan says. */
    extensions: string[];
    /** Other numbers that its user calls from and is recognised by. */
    registeredNumbers: string[];
    /** Language of prompts and mails, a BCP 47 tag. */
    language: string;
    /** IANA name of the zone that times are told in. */
    timeZone: string;
    /** How times are told. */
    clock: "12-hour" | "24-hour";
    /** Whether its user may sign in by telephone. */
    subscriberAccess: boolean;
    /** Whether its user may hear voice mail without a PIN, where the policy lets them. */
    pinlessAccess: boolean;
    dialPlan: Reference;
    policy: Reference;
    /** Whether the PIN has to be changed at the next sign-in. */
    pinExpired: boolean;
    /** Whether its user has never signed in. */
    firstTimeUser: boolean;
    /** Whether the mailbox is locked. */
    lockedOut: boolean;
    mail: {
        /** Id of the mail. */
        id: string;
        /** What it tells: the welcome with the first PIN or without it, a new PIN, that the PIN was replaced (without it), that the mailbox is locked, or a link to the page for users. */
        kind: "um-enabled" | "um-enabled-notice" | "pin-reset" | "pin-reset-notice" | "lockout" | "sign-in-link";
        /** Waiting for delivery, delivered, replaced by a newer mail, refused by the mail server, or given up after seven days. */
        state: "waiting" | "delivered" | "superseded" | "refused" | "expired";
        /** When it was queued. */
        queuedAt: string;
    } | null;
    /** True when this only shows what would happen; absent otherwise. */
    whatIf?: boolean;
};
export type MailboxList = {
    items: Mailbox[];
    next: string | null;
};
export type NewMailbox = {
    /** Primary SMTP address, the user id. */
    address: string;
    /** The name of its user. */
    displayName: string;
    /** Its extensions, the primary one first; each exactly as long as the dial plan says. */
    extensions: string[];
    /** The mailbox policy, by id or name; it also says which dial plan the mailbox is in. */
    policy: string;
    /** Another name for the mailbox, unique like the address; up to 64 characters. */
    alias?: string;
    /** Other numbers that its user calls from and is recognised by. */
    registeredNumbers?: string[];
    /** Language of prompts and mails, a BCP 47 tag. */
    language?: string;
    /** IANA name of the zone that times are told in. */
    timeZone?: string;
    /** How times are told. */
    clock?: "12-hour" | "24-hour";
    /** Whether its user may sign in by telephone. */
    subscriberAccess?: boolean;
    /** Whether its user may hear voice mail without a PIN, where the policy lets them. */
    pinlessAccess?: boolean;
    /** The first PIN; generated when absent. It is never told again. */
    pin?: string;
    /** Whether it has to be changed at the first sign-in. */
    pinExpired?: boolean;
    /** Whether the PIN is mailed; false only with a typed PIN, for nobody would learn a generated one. */
    sendEmail?: boolean;
    /** Where the mail with the PIN goes instead of to the address of the mailbox. */
    notifyEmail?: string;
};
export type EnabledMailbox = {
    /** Id of the mailbox, which never changes. */
    id: string;
    /** Primary SMTP address, the user id. */
    address: string;
    /** Another name for the mailbox, unique like the address; up to 64 characters. */
    alias: string;
    /** The name of its user. */
    displayName: string;
    /** Its extensions, the primary one first; each exactly as long as the dial plan says. */
    extensions: string[];
    /** Other numbers that its user calls from and is recognised by. */
    registeredNumbers: string[];
    /** Language of prompts and mails, a BCP 47 tag. */
    language: string;
    /** IANA name of the zone that times are told in. */
    timeZone: string;
    /** How times are told. */
    clock: "12-hour" | "24-hour";
    /** Whether its user may sign in by telephone. */
    subscriberAccess: boolean;
    /** Whether its user may hear voice mail without a PIN, where the policy lets them. */
    pinlessAccess: boolean;
    dialPlan: Reference;
    policy: Reference;
    /** Whether the PIN has to be changed at the next sign-in. */
    pinExpired: boolean;
    /** Whether its user has never signed in. */
    firstTimeUser: boolean;
    /** Whether the mailbox is locked. */
    lockedOut: boolean;
    mail: {
        /** Id of the mail. */
        id: string;
        /** What it tells: the welcome with the first PIN or without it, a new PIN, that the PIN was replaced (without it), that the mailbox is locked, or a link to the page for users. */
        kind: "um-enabled" | "um-enabled-notice" | "pin-reset" | "pin-reset-notice" | "lockout" | "sign-in-link";
        /** Waiting for delivery, delivered, replaced by a newer mail, refused by the mail server, or given up after seven days. */
        state: "waiting" | "delivered" | "superseded" | "refused" | "expired";
        /** When it was queued. */
        queuedAt: string;
    } | null;
    /** The mails that were queued. */
    mails: {
        /** Id of the mail. */
        id: string;
        /** What it tells: the welcome with the first PIN or without it, a new PIN, that the PIN was replaced (without it), that the mailbox is locked, or a link to the page for users. */
        kind: "um-enabled" | "um-enabled-notice" | "pin-reset" | "pin-reset-notice" | "lockout" | "sign-in-link";
        /** Where it goes. */
        to: string;
    }[];
    /** True when this only shows what would happen; absent otherwise. */
    whatIf?: boolean;
};
export type MailboxChanges = {
    /** Primary SMTP address, the user id. */
    address?: string;
    /** Another name for the mailbox, unique like the address; up to 64 characters. */
    alias?: string;
    /** The name of its user. */
    displayName?: string;
    /** Its extensions, the primary one first; each exactly as long as the dial plan says. */
    extensions?: string[];
    /** Other numbers that its user calls from and is recognised by. */
    registeredNumbers?: string[];
    /** Language of prompts and mails, a BCP 47 tag. */
    language?: string;
    /** IANA name of the zone that times are told in. */
    timeZone?: string;
    /** How times are told. */
    clock?: "12-hour" | "24-hour";
    /** Whether its user may sign in by telephone. */
    subscriberAccess?: boolean;
    /** Whether its user may hear voice mail without a PIN, where the policy lets them. */
    pinlessAccess?: boolean;
    /** The mailbox policy, by id or name; it also says which dial plan the mailbox is in. */
    policy?: string;
};
export type PinStatus = {
    /** Primary SMTP address of the mailbox. */
    userId: string;
    /** Id of the mailbox. */
    mailboxId: string;
    /** Whether the PIN has to be changed at the next sign-in. */
    pinExpired: boolean;
    /** Whether its user has never signed in. */
    firstTimeUser: boolean;
    /** Whether the mailbox is locked. */
    lockedOut: boolean;
    lock: {
        /** What locked it: failed sign-ins, or somebody. */
        reason: "failures" | "administrator";
        /** Whom it keeps out: all telephones but the mailbox's own, or every telephone. */
        scope: "elsewhere" | "everywhere";
        /** When it was locked. */
        since: string;
        opensAt: string | null;
    } | null;
    /** Failed sign-ins toward the next reset or lock. */
    failures: number;
    /** The same at the mailbox's own telephone, which counts apart. */
    ownLineFailures: number;
    /** Failed sign-ins since the last one that succeeded. */
    failuresSinceSuccess: number;
    lastFailureAt: string | null;
    lastSuccessAt: string | null;
    /** When the PIN was set. */
    pinSetAt: string;
    mail: {
        /** Id of the mail. */
        id: string;
        /** What it tells: the welcome with the first PIN or without it, a new PIN, that the PIN was replaced (without it), that the mailbox is locked, or a link to the page for users. */
        kind: "um-enabled" | "um-enabled-notice" | "pin-reset" | "pin-reset-notice" | "lockout" | "sign-in-link";
        /** Where it goes. */
        to: string;
        /** Waiting for delivery, delivered, replaced by a newer mail, refused by the mail server, or given up after seven days. */
        state: "waiting" | "delivered" | "superseded" | "refused" | "expired";
        /** How often its delivery was tried. */
        attempts: number;
        /** When it was queued. */
        queuedAt: string;
        settledAt: string | null;
        lastError: string | null;
    } | null;
};
export type PinResetRequest = {
    /** The new PIN; generated by the policy when absent. */
    pin?: string;
    /** Whether it has to be changed at the next sign-in. */
    pinExpired?: boolean;
    /** Whether the mailbox is locked afterwards; a reset opens a lock unless this is true. */
    lockedOut?: boolean;
    /** Whether the PIN is mailed; false only with a typed PIN. Not for Help Desk. */
    sendEmail?: boolean;
    /** Where the mail with the PIN goes instead; the user gets a notice without it. Not for Help Desk. */
    notifyEmail?: string;
};
export type PinResetAnswer = {
    /** Primary SMTP address of the mailbox. */
    userId: string;
    /** Whether the PIN was generated rather than typed. */
    pinGenerated: boolean;
    /** Whether it has to be changed at the next sign-in. */
    pinExpired: boolean;
    /** Whether the mailbox is locked now. */
    lockedOut: boolean;
    /** The mails that were queued. */
    mails: {
        /** Id of the mail. */
        id: string;
        /** What it tells: the welcome with the first PIN or without it, a new PIN, that the PIN was replaced (without it), that the mailbox is locked, or a link to the page for users. */
        kind: "um-enabled" | "um-enabled-notice" | "pin-reset" | "pin-reset-notice" | "lockout" | "sign-in-link";
        /** Where it goes. */
        to: string;
        /** Waiting for delivery, delivered, replaced by a newer mail, refused by the mail server, or given up after seven days. */
        state: "waiting" | "delivered" | "superseded" | "refused" | "expired";
    }[];
    /** True when this only shows what would happen; absent otherwise. */
    whatIf?: boolean;
};
export type LockAnswer = {
    /** Primary SMTP address of the mailbox. */
    userId: string;
    /** Whether the mailbox is locked now. */
    lockedOut: boolean;
    /** Whether anything is other than it was. */
    changed: boolean;
    /** True when this only shows what would happen; absent otherwise. */
    whatIf?: boolean;
};
export type TimelineEntry = {
    /** When it happened. */
    at: string;
    /** What happened: an action of the audit trail, or a mail. `unreadable` for a record that was changed beyond reading. */
    kind: "sign-in" | "pin-reset" | "pin-change" | "lock" | "unlock" | "mailbox-enabled" | "mailbox-changed" | "mailbox-disabled" | "dial-plan-created" | "dial-plan-changed" | "dial-plan-removed" | "policy-created" | "policy-changed" | "policy-removed" | "mail" | "mail-retried" | "keys" | "token-created" | "token-removed" | "web-sign-in" | "web-sign-out" | "sign-in-link" | "mailbox-report" | "authentication-failed" | "access-refused" | "mail-queued" | "unreadable";
    /** How it came out. */
    outcome: string;
    /** Who did it. */
    actor: {
        /** What sort of actor it was. */
        kind: "caller" | "user" | "administrator" | "unknown" | "system";
        /** Who, where that is known. */
        name?: string;
    };
    /** From where it came. */
    source: {
        /** A telephone call. */
        kind: "call";
        /** Id of the call, as in the log. */
        callId: string;
        /** IP address that it came from. */
        peer: string;
        /** The number that a trusted peer vouched for. */
        assertedNumber?: string;
    } | {
        /** This API. */
        kind: "http";
        /** IP address of the client. */
        address: string;
    } | {
        /** A command on the machine. */
        kind: "command";
        /** Which machine. */
        host: string;
    } | {
        /** The service itself. */
        kind: "service";
    };
    reason: string | null;
    /** What else is known of it, by name; of a changed setting what it was (`.from`) and is (`.to`). */
    details: {
        [key: string]: string | number | boolean | null;
    };
    sequence: number | null;
};
export type Timeline = {
    items: TimelineEntry[];
    next: string | null;
};
export type Mail = {
    /** Id of the mail. */
    id: string;
    /** What it tells: the welcome with the first PIN or without it, a new PIN, that the PIN was replaced (without it), that the mailbox is locked, or a link to the page for users. */
    kind: "um-enabled" | "um-enabled-notice" | "pin-reset" | "pin-reset-notice" | "lockout" | "sign-in-link";
    /** Where it goes. */
    to: string;
    /** Waiting for delivery, delivered, replaced by a newer mail, refused by the mail server, or given up after seven days. */
    state: "waiting" | "delivered" | "superseded" | "refused" | "expired";
    /** Whether it is one of those that tell a PIN. */
    tellsPin: boolean;
    /** How often its delivery was tried, an attempt under way included. */
    attempts: number;
    /** When it was queued. */
    queuedAt: string;
    nextAttemptAt: string | null;
    settledAt: string | null;
    lastError: string | null;
    /** True when this only shows what would happen; absent otherwise. */
    whatIf?: boolean;
};
export type MailList = {
    items: Mail[];
    next: string | null;
};
export type DialPlan = {
    /** Id of the dial plan, which never changes. */
    id: string;
    /** Its name, unique, up to 49 characters. */
    name: string;
    /** The numbers that it is called by. */
    accessNumbers: string[];
    /** How many digits every extension has, 1 to 20. */
    extensionDigits: number;
    /** Failed sign-ins that end a call, 1 to 20. */
    logonFailuresBeforeDisconnect: number;
    /** Input failures in a row that end a call, 1 to 20. */
    inputFailuresBeforeDisconnect: number;
    /** Longest call in minutes, 10 to 120. */
    maxCallDuration: number;
    /** Longest recording in minutes; not longer than a call, 1 to 100. */
    maxRecordingDuration: number;
    /** Silence in seconds that ends a recording, 2 to 10. */
    recordingIdleTimeout: number;
    operatorExtension: string | null;
    /** Language of its prompts, a BCP 47 tag. */
    defaultLanguage: string;
    /** How secure its calls must be: unsecured takes every call, sip-secured refuses calls that are not signalled over TLS, secured those as well whose audio and keys are not in SRTP. */
    voipSecurity: "unsecured" | "sip-secured" | "secured";
    /** True when this only shows what would happen; absent otherwise. */
    whatIf?: boolean;
};
export type DialPlanList = {
    items: DialPlan[];
    next: string | null;
};
export type NewDialPlan = {
    /** Its name, unique, up to 49 characters. */
    name: string;
    /** The numbers that it is called by. */
    accessNumbers: string[];
    /** How many digits every extension has, 1 to 20. */
    extensionDigits: number;
    /** Failed sign-ins that end a call, 1 to 20. */
    logonFailuresBeforeDisconnect?: number;
    /** Input failures in a row that end a call, 1 to 20. */
    inputFailuresBeforeDisconnect?: number;
    /** Longest call in minutes, 10 to 120. */
    maxCallDuration?: number;
    /** Longest recording in minutes; not longer than a call, 1 to 100. */
    maxRecordingDuration?: number;
    /** Silence in seconds that ends a recording, 2 to 10. */
    recordingIdleTimeout?: number;
    operatorExtension?: string | null;
    /** Language of its prompts, a BCP 47 tag. */
    defaultLanguage?: string;
    /** How secure its calls must be: unsecured takes every call, sip-secured refuses calls that are not signalled over TLS, secured those as well whose audio and keys are not in SRTP. */
    voipSecurity?: "unsecured" | "sip-secured" | "secured";
};
export type CreatedDialPlan = {
    /** Id of the dial plan, which never changes. */
    id: string;
    /** Its name, unique, up to 49 characters. */
    name: string;
    /** The numbers that it is called by. */
    accessNumbers: string[];
    /** How many digits every extension has, 1 to 20. */
    extensionDigits: number;
    /** Failed sign-ins that end a call, 1 to 20. */
    logonFailuresBeforeDisconnect: number;
    /** Input failures in a row that end a call, 1 to 20. */
    inputFailuresBeforeDisconnect: number;
    /** Longest call in minutes, 10 to 120. */
    maxCallDuration: number;
    /** Longest recording in minutes; not longer than a call, 1 to 100. */
    maxRecordingDuration: number;
    /** Silence in seconds that ends a recording, 2 to 10. */
    recordingIdleTimeout: number;
    operatorExtension: string | null;
    /** Language of its prompts, a BCP 47 tag. */
    defaultLanguage: string;
    /** How secure its calls must be: unsecured takes every call, sip-secured refuses calls that are not signalled over TLS, secured those as well whose audio and keys are not in SRTP. */
    voipSecurity: "unsecured" | "sip-secured" | "secured";
    defaultPolicy: Reference;
    /** True when this only shows what would happen; absent otherwise. */
    whatIf?: boolean;
};
export type DialPlanChanges = {
    /** Its name, unique, up to 49 characters. */
    name?: string;
    /** The numbers that it is called by. */
    accessNumbers?: string[];
    /** How many digits every extension has, 1 to 20. */
    extensionDigits?: number;
    /** Failed sign-ins that end a call, 1 to 20. */
    logonFailuresBeforeDisconnect?: number;
    /** Input failures in a row that end a call, 1 to 20. */
    inputFailuresBeforeDisconnect?: number;
    /** Longest call in minutes, 10 to 120. */
    maxCallDuration?: number;
    /** Longest recording in minutes; not longer than a call, 1 to 100. */
    maxRecordingDuration?: number;
    /** Silence in seconds that ends a recording, 2 to 10. */
    recordingIdleTimeout?: number;
    operatorExtension?: string | null;
    /** Language of its prompts, a BCP 47 tag. */
    defaultLanguage?: string;
    /** How secure its calls must be: unsecured takes every call, sip-secured refuses calls that are not signalled over TLS, secured those as well whose audio and keys are not in SRTP. */
    voipSecurity?: "unsecured" | "sip-secured" | "secured";
};
export type MailboxPolicy = {
    /** Id of the policy, which never changes. */
    id: string;
    /** Its name, unique, up to 64 characters. */
    name: string;
    dialPlan: Reference;
    /** Fewest digits of a PIN, also how many a generated one has, 4 to 24. */
    minPinLength: number;
    /** Days after which a PIN has to be changed, 1 to 999, or `unlimited`: (or 0) never. */
    pinLifetime: number | "unlimited";
    /** How many of the last PINs, the current one included, are not taken again, 1 to 20. */
    pinHistoryCount: number;
    /** Whether PINs that others would guess first are let pass. */
    allowCommonPatterns: boolean;
    /** At each multiple of so many failed sign-ins the PIN is replaced; below maxLogonAttempts, 1 to 998, or `unlimited`: (or 0) never. */
    logonFailuresBeforePinReset: number | "unlimited";
    /** So many failed sign-ins lock the mailbox, 1 to 999. */
    maxLogonAttempts: number;
    /** Minutes after which a lock that failures caused opens by itself, 1 to 525600, or `unlimited`: an administrator opens it. */
    lockoutDuration: number | "unlimited";
    /** Whether the mailbox's own telephone counts failures apart. */
    ownerLine: boolean;
    /** Added to the mail with a new PIN: simple HTML, up to 512 characters. */
    resetPinText: string;
    /** Added to the welcome: simple HTML, up to 512 characters. */
    umEnabledText: string;
    /** Added to mails about voice messages: simple HTML, up to 512 characters. */
    voiceMailText: string;
    /** Longest greeting in minutes, 1 to 10. */
    maxGreetingDuration: number;
    /** Whether its users may sign in by telephone at all. */
    allowSubscriberAccess: boolean;
    /** Whether its users may hear voice mail without a PIN, where their mailbox lets them, too. */
    allowPinlessVoiceMailAccess: boolean;
    /** True when this only shows what would happen; absent otherwise. */
    whatIf?: boolean;
};
export type MailboxPolicyList = {
    items: MailboxPolicy[];
    next: string | null;
};
export type NewMailboxPolicy = {
    /** Its name, unique, up to 64 characters. */
    name: string;
    /** The dial plan that it is for, by id or name. */
    dialPlan: string;
    /** Fewest digits of a PIN, also how many a generated one has, 4 to 24. */
    minPinLength?: number;
    /** Days after which a PIN has to be changed, 1 to 999, or `unlimited`: (or 0) never. */
    pinLifetime?: number | "unlimited";
    /** How many of the last PINs, the current one included, are not taken again, 1 to 20. */
    pinHistoryCount?: number;
    /** Whether PINs that others would guess first are let pass. */
    allowCommonPatterns?: boolean;
    /** At each multiple of so many failed sign-ins the PIN is replaced; below maxLogonAttempts, 1 to 998, or `unlimited`: (or 0) never. */
    logonFailuresBeforePinReset?: number | "unlimited";
    /** So many failed sign-ins lock the mailbox, 1 to 999. */
    maxLogonAttempts?: number;
    /** Minutes after which a lock that failures caused opens by itself, 1 to 525600, or `unlimited`: an administrator opens it. */
    lockoutDuration?: number | "unlimited";
    /** Whether the mailbox's own telephone counts failures apart. */
    ownerLine?: boolean;
    /** Added to the mail with a new PIN: simple HTML, up to 512 characters. */
    resetPinText?: string;
    /** Added to the welcome: simple HTML, up to 512 characters. */
    umEnabledText?: string;
    /** Added to mails about voice messages: simple HTML, up to 512 characters. */
    voiceMailText?: string;
    /** Longest greeting in minutes, 1 to 10. */
    maxGreetingDuration?: number;
    /** Whether its users may sign in by telephone at all. */
    allowSubscriberAccess?: boolean;
    /** Whether its users may hear voice mail without a PIN, where their mailbox lets them, too. */
    allowPinlessVoiceMailAccess?: boolean;
};
export type MailboxPolicyChanges = {
    /** Its name, unique, up to 64 characters. */
    name?: string;
    /** Fewest digits of a PIN, also how many a generated one has, 4 to 24. */
    minPinLength?: number;
    /** Days after which a PIN has to be changed, 1 to 999, or `unlimited`: (or 0) never. */
    pinLifetime?: number | "unlimited";
    /** How many of the last PINs, the current one included, are not taken again, 1 to 20. */
    pinHistoryCount?: number;
    /** Whether PINs that others would guess first are let pass. */
    allowCommonPatterns?: boolean;
    /** At each multiple of so many failed sign-ins the PIN is replaced; below maxLogonAttempts, 1 to 998, or `unlimited`: (or 0) never. */
    logonFailuresBeforePinReset?: number | "unlimited";
    /** So many failed sign-ins lock the mailbox, 1 to 999. */
    maxLogonAttempts?: number;
    /** Minutes after which a lock that failures caused opens by itself, 1 to 525600, or `unlimited`: an administrator opens it. */
    lockoutDuration?: number | "unlimited";
    /** Whether the mailbox's own telephone counts failures apart. */
    ownerLine?: boolean;
    /** Added to the mail with a new PIN: simple HTML, up to 512 characters. */
    resetPinText?: string;
    /** Added to the welcome: simple HTML, up to 512 characters. */
    umEnabledText?: string;
    /** Added to mails about voice messages: simple HTML, up to 512 characters. */
    voiceMailText?: string;
    /** Longest greeting in minutes, 1 to 10. */
    maxGreetingDuration?: number;
    /** Whether its users may sign in by telephone at all. */
    allowSubscriberAccess?: boolean;
    /** Whether its users may hear voice mail without a PIN, where their mailbox lets them, too. */
    allowPinlessVoiceMailAccess?: boolean;
};
export type AuditRecord = {
    /** Its place in the trail: 1, 2, 3 and so on, without a gap. */
    sequence: number;
    /** When it happened. */
    at: string;
    /** What happened; `unreadable` for a record that somebody has changed beyond reading, the rest of which says nothing. */
    action: "sign-in" | "pin-reset" | "pin-change" | "lock" | "unlock" | "mailbox-enabled" | "mailbox-changed" | "mailbox-disabled" | "dial-plan-created" | "dial-plan-changed" | "dial-plan-removed" | "policy-created" | "policy-changed" | "policy-removed" | "mail" | "mail-retried" | "keys" | "token-created" | "token-removed" | "web-sign-in" | "web-sign-out" | "sign-in-link" | "mailbox-report" | "authentication-failed" | "access-refused" | "unreadable";
    /** How it came out. */
    outcome: string;
    /** Who did it. */
    actor: {
        /** What sort of actor it was. */
        kind: "caller" | "user" | "administrator" | "unknown" | "system";
        /** Who, where that is known. */
        name?: string;
    };
    /** From where it came. */
    source: {
        /** A telephone call. */
        kind: "call";
        /** Id of the call, as in the log. */
        callId: string;
        /** IP address that it came from. */
        peer: string;
        /** The number that a trusted peer vouched for. */
        assertedNumber?: string;
    } | {
        /** This API. */
        kind: "http";
        /** IP address of the client. */
        address: string;
    } | {
        /** A command on the machine. */
        kind: "command";
        /** Which machine. */
        host: string;
    } | {
        /** The service itself. */
        kind: "service";
    };
    mailbox: {
        /** Id of the mailbox. */
        id: string;
        address: string | null;
    } | null;
    reason: string | null;
    /** What else is known of it, by name; of a changed setting what it was (`.from`) and is (`.to`). */
    details: {
        [key: string]: string | number | boolean | null;
    };
};
export type AuditRecordList = {
    items: AuditRecord[];
    next: string | null;
};
export type AuditVerification = {
    /** Whether every record is as it was sealed. */
    intact: boolean;
    /** How many records are in order, from the first on. */
    records: number;
    head: {
        /** The last record. */
        sequence: number;
        /** The key that seals it. */
        keyId: string;
        /** Its seal; compare it with the one in the log. */
        mac: string;
    } | null;
    "break": {
        /** The first record that does not fit. */
        sequence: number;
        /** What is wrong there. */
        kind: "missing" | "altered" | "key-unknown" | "beyond-head" | "head-differs" | "cut-off" | "noted-differs";
    } | null;
};
export type Call = {
    /** Id of the call, as in the log and the audit trail. */
    id: string;
    /** When it came in. */
    since: string;
    /** How far it is. */
    state: "setting-up" | "talking" | "ending";
    /** IP address that it came from. */
    peer: string;
    dialPlan: string | null;
    /** True when this only shows what would happen; absent otherwise. */
    whatIf?: boolean;
};
export type CallList = {
    items: Call[];
    next: string | null;
};
export type AccessToken = {
    /** Its id, which never changes. */
    id: string;
    /** By which the audit trail knows its holder. */
    name: string;
    /** What its holder may do. */
    role: "organization-management" | "um-management" | "help-desk" | "view-only";
    /** When it was made. */
    createdAt: string;
    /** Who made it. */
    createdBy: string;
    expiresAt: string | null;
    lastUsedAt: string | null;
    /** True when this only shows what would happen; absent otherwise. */
    whatIf?: boolean;
};
export type AccessTokenList = {
    items: AccessToken[];
    next: string | null;
};
export type NewAccessToken = {
    /** Up to 64 characters; no two tokens have the same. */
    name: string;
    /** What its holder may do. */
    role: "organization-management" | "um-management" | "help-desk" | "view-only";
    /** How many days it is good for; null for ever. */
    expiresInDays?: number | null;
};
export type CreatedAccessToken = {
    /** Its id, which never changes. */
    id: string;
    /** By which the audit trail knows its holder. */
    name: string;
    /** What its holder may do. */
    role: "organization-management" | "um-management" | "help-desk" | "view-only";
    /** When it was made. */
    createdAt: string;
    /** Who made it. */
    createdBy: string;
    expiresAt: string | null;
    lastUsedAt: string | null;
    /** The token. It is shown this once and kept nowhere; absent with `whatIf`. */
    token?: string;
    /** True when this only shows what would happen; absent otherwise. */
    whatIf?: boolean;
};
export type SignedInPerson = {
    /** By which all their sessions are ended; it says who they are for certain. */
    person: string;
    /** Whether it is an administrator, or the user of a mailbox. */
    kind: "administrator" | "user";
    /** As the audit trail has an administrator; of a user, the address. */
    name: string;
    mailboxId: string | null;
    /** One at least, the newest first. */
    sessions: {
        /** By which it is ended; nobody signs in with it. */
        id: string;
        /** Whether it is the one that asks. */
        isCurrent: boolean;
        /** What it may do; nothing of administrators for a user. */
        roles: ("organization-management" | "um-management" | "help-desk" | "view-only")[];
        /** How it was begun. */
        signedInBy: "token" | "oidc" | "link";
        /** The IP address that it was begun from. */
        address: string;
        /** When it was begun. */
        beganAt: string;
        /** When it was last used, to within a minute. */
        lastUsedAt: string;
        /** When it ends if it is not used. */
        idleUntil: string;
        /** When it ends, however much it is used. */
        until: string;
    }[];
};
export type SignedInPersonList = {
    items: SignedInPerson[];
    next: string | null;
};
export type SessionsEnded = {
    /** By which all their sessions are ended; it says who they are for certain. */
    person: string;
    /** How many there were. */
    sessions: number;
    /** True when this only shows what would happen; absent otherwise. */
    whatIf?: boolean;
};
export type Overview = {
    /** Mailboxes that are locked now. */
    lockedOut: number;
    /** PINs that were replaced in the last 24 hours, by whomever. */
    pinResetsToday: number;
    /** Times that a mailbox was locked in the last 24 hours, by whomever. */
    lockoutsToday: number;
    /** Mails that are to be delivered. */
    mailsWaiting: number;
    /** Mails that nobody takes, links to sign in by left out; an administrator may try them again. */
    mailsRefused: number;
    /** Calls that are going on in the process that answers. */
    liveCalls: number;
    /** When this was counted. */
    at: string;
};
/**
 * What the pages need to know first
 */
export function getWebConfig(opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: WebConfig;
    }>("/web/config", {
        ...opts
    });
}
/**
 * Which administrator is signed in?
 */
export function getSession(opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: AdministratorSession;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/web/session", {
        ...opts
    });
}
/**
 * Sign in with a token
 */
export function beginSession(tokenSignIn: TokenSignIn, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: AdministratorSession;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/web/session", oazapfts.json({
        ...opts,
        method: "POST",
        body: tokenSignIn
    }));
}
/**
 * Sign out
 */
export function endSession(opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 204;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/web/session", {
        ...opts,
        method: "DELETE"
    });
}
/**
 * Sign out everywhere
 */
export function endAllSessions(opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 204;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/web/sessions", {
        ...opts,
        method: "DELETE"
    });
}
/**
 * Sign in at the identity provider
 */
export function startOidc($for: "admin" | "me", { to }: {
    to?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 302;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    }>(`/web/oidc/start${QS.query(QS.explode({
        "for": $for,
        to
    }))}`, {
        ...opts
    });
}
/**
 * Come back from the identity provider
 */
export function finishOidc(opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: string;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 429;
        data: string;
    } | {
        status: 503;
        data: Problem;
    }>("/web/oidc/callback", {
        ...opts
    });
}
/**
 * Have a link mailed
 */
export function askForLink(linkRequest: LinkRequest, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 202;
        data: Nothing;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    }>("/web/me/links", oazapfts.json({
        ...opts,
        method: "POST",
        body: linkRequest
    }));
}
/**
 * Sign in with a link
 */
export function beginUserSession(linkSignIn: LinkSignIn, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: UserSession;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 410;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/web/me/session", oazapfts.json({
        ...opts,
        method: "POST",
        body: linkSignIn
    }));
}
/**
 * Which user is signed in?
 */
export function getUserSession(opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: UserSession;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/web/me/session", {
        ...opts
    });
}
/**
 * Sign out
 */
export function endUserSession(opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 204;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/web/me/session", {
        ...opts,
        method: "DELETE"
    });
}
/**
 * Look at one’s own mailbox
 */
export function getOwnMailbox(opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: OwnMailbox;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/web/me/mailbox", {
        ...opts
    });
}
/**
 * Sign out everywhere
 */
export function endAllUserSessions(opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 204;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/web/me/sessions", {
        ...opts,
        method: "DELETE"
    });
}
/**
 * Have a new PIN mailed
 */
export function resetOwnPin(nothing: Nothing, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: OwnReset;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/web/me/pin-resets", oazapfts.json({
        ...opts,
        method: "POST",
        body: nothing
    }));
}
/**
 * Say “that wasn’t me”
 */
export function reportOwnMailbox(nothing: Nothing, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: OwnReport;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/web/me/reports", oazapfts.json({
        ...opts,
        method: "POST",
        body: nothing
    }));
}
/**
 * Who am I?
 */
export function getMe(opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: {
            /** As the audit trail has it. */
            name: string;
            roles: ("organization-management" | "um-management" | "help-desk" | "view-only")[];
            via: "token" | "oidc";
            /** When the token ends; null for one that does not. */
            expiresAt: string | null;
        };
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/api/v1/me", {
        ...opts
    });
}
/**
 * List or search mailboxes
 */
export function listMailboxes({ search, locked, pinExpired, firstTime, mailProblem, policy, dialPlan, limit, cursor }: {
    search?: string;
    locked?: boolean;
    pinExpired?: boolean;
    firstTime?: boolean;
    mailProblem?: boolean;
    policy?: string;
    dialPlan?: string;
    limit?: number;
    cursor?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: MailboxList;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/mailboxes${QS.query(QS.explode({
        search,
        locked,
        pinExpired,
        firstTime,
        mailProblem,
        policy,
        dialPlan,
        limit,
        cursor
    }))}`, {
        ...opts
    });
}
/**
 * Enable a mailbox
 */
export function enableMailbox(newMailbox: NewMailbox, { whatIf, idempotencyKey }: {
    whatIf?: boolean;
    idempotencyKey?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: EnabledMailbox;
    } | {
        status: 201;
        data: EnabledMailbox;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 422;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/mailboxes${QS.query(QS.explode({
        whatIf
    }))}`, oazapfts.json({
        ...opts,
        method: "POST",
        body: newMailbox,
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "idempotency-key": idempotencyKey
        })
    }));
}
/**
 * See a mailbox
 */
export function getMailbox(identity: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Mailbox;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/mailboxes/${encodeURIComponent(identity)}`, {
        ...opts
    });
}
/**
 * Change a mailbox
 */
export function changeMailbox(identity: string, mailboxChanges: MailboxChanges, { whatIf, ifMatch }: {
    whatIf?: boolean;
    ifMatch?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Mailbox;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 412;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 422;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/mailboxes/${encodeURIComponent(identity)}${QS.query(QS.explode({
        whatIf
    }))}`, oazapfts.json({
        ...opts,
        method: "PATCH",
        body: mailboxChanges,
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "if-match": ifMatch
        })
    }));
}
/**
 * Disable a mailbox
 */
export function disableMailbox(identity: string, { whatIf, ifMatch }: {
    whatIf?: boolean;
    ifMatch?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Mailbox;
    } | {
        status: 204;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 412;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/mailboxes/${encodeURIComponent(identity)}${QS.query(QS.explode({
        whatIf
    }))}`, {
        ...opts,
        method: "DELETE",
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "if-match": ifMatch
        })
    });
}
/**
 * See the state of a PIN
 */
export function getPinStatus(identity: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: PinStatus;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/mailboxes/${encodeURIComponent(identity)}/pin`, {
        ...opts
    });
}
/**
 * Reset a PIN
 */
export function resetPin(identity: string, pinResetRequest: PinResetRequest, { whatIf, idempotencyKey }: {
    whatIf?: boolean;
    idempotencyKey?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: PinResetAnswer;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 422;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/mailboxes/${encodeURIComponent(identity)}/pin/reset${QS.query(QS.explode({
        whatIf
    }))}`, oazapfts.json({
        ...opts,
        method: "POST",
        body: pinResetRequest,
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "idempotency-key": idempotencyKey
        })
    }));
}
/**
 * Lock a mailbox
 */
export function lockMailbox(identity: string, { whatIf, idempotencyKey }: {
    whatIf?: boolean;
    idempotencyKey?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: LockAnswer;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 422;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/mailboxes/${encodeURIComponent(identity)}/lock${QS.query(QS.explode({
        whatIf
    }))}`, {
        ...opts,
        method: "POST",
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "idempotency-key": idempotencyKey
        })
    });
}
/**
 * Unlock a mailbox
 */
export function unlockMailbox(identity: string, { whatIf, idempotencyKey }: {
    whatIf?: boolean;
    idempotencyKey?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: LockAnswer;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 422;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/mailboxes/${encodeURIComponent(identity)}/unlock${QS.query(QS.explode({
        whatIf
    }))}`, {
        ...opts,
        method: "POST",
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "idempotency-key": idempotencyKey
        })
    });
}
/**
 * Read what happened to a mailbox
 */
export function getTimeline(identity: string, { limit, cursor }: {
    limit?: number;
    cursor?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Timeline;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/mailboxes/${encodeURIComponent(identity)}/timeline${QS.query(QS.explode({
        limit,
        cursor
    }))}`, {
        ...opts
    });
}
/**
 * List the mail to a mailbox
 */
export function listMail(identity: string, { limit, cursor }: {
    limit?: number;
    cursor?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: MailList;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/mailboxes/${encodeURIComponent(identity)}/mail${QS.query(QS.explode({
        limit,
        cursor
    }))}`, {
        ...opts
    });
}
/**
 * Try a mail again
 */
export function retryMail(identity: string, id: string, { whatIf, idempotencyKey }: {
    whatIf?: boolean;
    idempotencyKey?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Mail;
    } | {
        status: 202;
        data: Mail;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 422;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/mailboxes/${encodeURIComponent(identity)}/mail/${encodeURIComponent(id)}/retry${QS.query(QS.explode({
        whatIf
    }))}`, {
        ...opts,
        method: "POST",
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "idempotency-key": idempotencyKey
        })
    });
}
/**
 * List dial plans
 */
export function listDialPlans({ limit, cursor }: {
    limit?: number;
    cursor?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: DialPlanList;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/dial-plans${QS.query(QS.explode({
        limit,
        cursor
    }))}`, {
        ...opts
    });
}
/**
 * Make a dial plan
 */
export function createDialPlan(newDialPlan: NewDialPlan, { whatIf, idempotencyKey }: {
    whatIf?: boolean;
    idempotencyKey?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: CreatedDialPlan;
    } | {
        status: 201;
        data: CreatedDialPlan;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 422;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/dial-plans${QS.query(QS.explode({
        whatIf
    }))}`, oazapfts.json({
        ...opts,
        method: "POST",
        body: newDialPlan,
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "idempotency-key": idempotencyKey
        })
    }));
}
/**
 * See a dial plan
 */
export function getDialPlan(plan: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: DialPlan;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/dial-plans/${encodeURIComponent(plan)}`, {
        ...opts
    });
}
/**
 * Change a dial plan
 */
export function changeDialPlan(plan: string, dialPlanChanges: DialPlanChanges, { whatIf, ifMatch }: {
    whatIf?: boolean;
    ifMatch?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: DialPlan;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 412;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 422;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/dial-plans/${encodeURIComponent(plan)}${QS.query(QS.explode({
        whatIf
    }))}`, oazapfts.json({
        ...opts,
        method: "PATCH",
        body: dialPlanChanges,
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "if-match": ifMatch
        })
    }));
}
/**
 * Remove a dial plan
 */
export function removeDialPlan(plan: string, { whatIf, ifMatch }: {
    whatIf?: boolean;
    ifMatch?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: DialPlan;
    } | {
        status: 204;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 412;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/dial-plans/${encodeURIComponent(plan)}${QS.query(QS.explode({
        whatIf
    }))}`, {
        ...opts,
        method: "DELETE",
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "if-match": ifMatch
        })
    });
}
/**
 * List mailbox policies
 */
export function listMailboxPolicies({ dialPlan, limit, cursor }: {
    dialPlan?: string;
    limit?: number;
    cursor?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: MailboxPolicyList;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/mailbox-policies${QS.query(QS.explode({
        dialPlan,
        limit,
        cursor
    }))}`, {
        ...opts
    });
}
/**
 * Make a mailbox policy
 */
export function createMailboxPolicy(newMailboxPolicy: NewMailboxPolicy, { whatIf, idempotencyKey }: {
    whatIf?: boolean;
    idempotencyKey?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: MailboxPolicy;
    } | {
        status: 201;
        data: MailboxPolicy;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 422;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/mailbox-policies${QS.query(QS.explode({
        whatIf
    }))}`, oazapfts.json({
        ...opts,
        method: "POST",
        body: newMailboxPolicy,
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "idempotency-key": idempotencyKey
        })
    }));
}
/**
 * See a mailbox policy
 */
export function getMailboxPolicy(policy: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: MailboxPolicy;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/mailbox-policies/${encodeURIComponent(policy)}`, {
        ...opts
    });
}
/**
 * Change a mailbox policy
 */
export function changeMailboxPolicy(policy: string, mailboxPolicyChanges: MailboxPolicyChanges, { whatIf, ifMatch }: {
    whatIf?: boolean;
    ifMatch?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: MailboxPolicy;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 412;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 422;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/mailbox-policies/${encodeURIComponent(policy)}${QS.query(QS.explode({
        whatIf
    }))}`, oazapfts.json({
        ...opts,
        method: "PATCH",
        body: mailboxPolicyChanges,
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "if-match": ifMatch
        })
    }));
}
/**
 * Remove a mailbox policy
 */
export function removeMailboxPolicy(policy: string, { whatIf, ifMatch }: {
    whatIf?: boolean;
    ifMatch?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: MailboxPolicy;
    } | {
        status: 204;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 412;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/mailbox-policies/${encodeURIComponent(policy)}${QS.query(QS.explode({
        whatIf
    }))}`, {
        ...opts,
        method: "DELETE",
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "if-match": ifMatch
        })
    });
}
/**
 * Search the audit trail
 */
export function searchAudit({ $from, to, action, outcome, actor, mailbox, limit, cursor }: {
    $from?: string;
    to?: string;
    action?: "sign-in" | "pin-reset" | "pin-change" | "lock" | "unlock" | "mailbox-enabled" | "mailbox-changed" | "mailbox-disabled" | "dial-plan-created" | "dial-plan-changed" | "dial-plan-removed" | "policy-created" | "policy-changed" | "policy-removed" | "mail" | "mail-retried" | "keys" | "token-created" | "token-removed" | "web-sign-in" | "web-sign-out" | "sign-in-link" | "mailbox-report" | "authentication-failed" | "access-refused";
    outcome?: string;
    actor?: string;
    mailbox?: string;
    limit?: number;
    cursor?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: AuditRecordList;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/audit${QS.query(QS.explode({
        "from": $from,
        to,
        action,
        outcome,
        actor,
        mailbox,
        limit,
        cursor
    }))}`, {
        ...opts
    });
}
/**
 * Export the audit trail
 */
export function exportAudit({ $from, to, action, outcome, actor, mailbox }: {
    $from?: string;
    to?: string;
    action?: "sign-in" | "pin-reset" | "pin-change" | "lock" | "unlock" | "mailbox-enabled" | "mailbox-changed" | "mailbox-disabled" | "dial-plan-created" | "dial-plan-changed" | "dial-plan-removed" | "policy-created" | "policy-changed" | "policy-removed" | "mail" | "mail-retried" | "keys" | "token-created" | "token-removed" | "web-sign-in" | "web-sign-out" | "sign-in-link" | "mailbox-report" | "authentication-failed" | "access-refused";
    outcome?: string;
    actor?: string;
    mailbox?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: string;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/audit/export${QS.query(QS.explode({
        "from": $from,
        to,
        action,
        outcome,
        actor,
        mailbox
    }))}`, {
        ...opts
    });
}
/**
 * Verify the audit trail
 */
export function verifyAudit({ idempotencyKey }: {
    idempotencyKey?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: AuditVerification;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 422;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/api/v1/audit/verify", {
        ...opts,
        method: "POST",
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "idempotency-key": idempotencyKey
        })
    });
}
/**
 * List the calls that are going on
 */
export function listCalls({ limit, cursor }: {
    limit?: number;
    cursor?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: CallList;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/calls${QS.query(QS.explode({
        limit,
        cursor
    }))}`, {
        ...opts
    });
}
/**
 * Hang up
 */
export function hangUpCall(id: string, { whatIf }: {
    whatIf?: boolean;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Call;
    } | {
        status: 202;
        data: Call;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/calls/${encodeURIComponent(id)}${QS.query(QS.explode({
        whatIf
    }))}`, {
        ...opts,
        method: "DELETE"
    });
}
/**
 * List access tokens
 */
export function listTokens({ limit, cursor }: {
    limit?: number;
    cursor?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: AccessTokenList;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/tokens${QS.query(QS.explode({
        limit,
        cursor
    }))}`, {
        ...opts
    });
}
/**
 * Make an access token
 */
export function createToken(newAccessToken: NewAccessToken, { whatIf, idempotencyKey }: {
    whatIf?: boolean;
    idempotencyKey?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: CreatedAccessToken;
    } | {
        status: 201;
        data: CreatedAccessToken;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 422;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/tokens${QS.query(QS.explode({
        whatIf
    }))}`, oazapfts.json({
        ...opts,
        method: "POST",
        body: newAccessToken,
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "idempotency-key": idempotencyKey
        })
    }));
}
/**
 * Remove an access token
 */
export function removeToken(id: string, { whatIf }: {
    whatIf?: boolean;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: AccessToken;
    } | {
        status: 204;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/tokens/${encodeURIComponent(id)}${QS.query(QS.explode({
        whatIf
    }))}`, {
        ...opts,
        method: "DELETE"
    });
}
/**
 * See who is signed in with a browser
 */
export function listSessions({ limit, cursor }: {
    limit?: number;
    cursor?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: SignedInPersonList;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/sessions${QS.query(QS.explode({
        limit,
        cursor
    }))}`, {
        ...opts
    });
}
/**
 * Sign somebody out everywhere
 */
export function endSessionsOf(person: string, { whatIf }: {
    whatIf?: boolean;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: SessionsEnded;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/sessions/${encodeURIComponent(person)}${QS.query(QS.explode({
        whatIf
    }))}`, {
        ...opts,
        method: "DELETE"
    });
}
/**
 * Sign somebody out of one browser
 */
export function endSessionOf(person: string, id: string, { whatIf }: {
    whatIf?: boolean;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: SessionsEnded;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/api/v1/sessions/${encodeURIComponent(person)}/${encodeURIComponent(id)}${QS.query(QS.explode({
        whatIf
    }))}`, {
        ...opts,
        method: "DELETE"
    });
}
/**
 * What a kind of problem means
 */
export function getProblem(name: "invalid-request" | "authentication-required" | "no-session" | "csrf" | "forbidden" | "not-found" | "not-offered" | "no-such-mailbox" | "no-such-dial-plan" | "no-such-policy" | "no-such-mail" | "no-such-call" | "no-such-token" | "method-not-allowed" | "request-timeout" | "ambiguous-identity" | "address-taken" | "alias-taken" | "number-taken" | "name-taken" | "in-use" | "has-mailboxes" | "mail-not-retriable" | "last-way-in" | "idempotency-key-in-use" | "answer-not-kept" | "link-used-up" | "precondition-failed" | "body-too-large" | "uri-too-long" | "unsupported-media-type" | "pin-refused" | "setting-refused" | "not-an-address" | "not-an-extension" | "not-a-number" | "request-refused" | "generated-unmailed" | "idempotency-key-reused" | "too-many-requests" | "history-attempts-used-up" | "headers-too-large" | "internal-error" | "overloaded" | "identity-provider-unavailable", opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: {
            "type": string;
            title: string;
            status: number;
            about: string;
        };
    } | {
        status: 400;
        data: Problem;
    }>(`/api/v1/problems/${encodeURIComponent(name)}`, {
        ...opts
    });
}
/**
 * How is the service doing?
 */
export function getOverview(opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Overview;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/api/v1/overview", {
        ...opts
    });
}
/**
 * What happens, as it happens
 */
export function streamEvents(opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: string;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/api/v1/events", {
        ...opts
    });
}
