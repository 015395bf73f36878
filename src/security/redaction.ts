/** What takes the place of what must not be read. */
const CENSORED = '[redacted]';

/** Names of fields whose values are secret wherever they turn up. */
const SECRET_FIELDS = ['pin', 'pins', 'digits', 'keys', 'password', 'passphrase', 'secret', 'token', 'authorization'];

/**
 * Paths for pino's `redact`: the second net. The first is that no part of the program hands a secret to the log.
 * Pino has no wildcard for any depth, so the first three levels are named.
 */
export const REDACTED_PATHS: readonly string[] = SECRET_FIELDS.flatMap((field) => [
  field,
  `*.${field}`,
  `*.*.${field}`,
]);

/** Longest text that is logged, in characters; what is behind it is cut off before anything else. */
const LONGEST_TEXT = 4_000;

const SECRET_NAMES = 'pin|passw(?:or)?d|passphrase|secret|token|digits?|dtmf|signal';

const REPLACEMENTS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // Headers that carry credentials, in SIP and in HTTP.
  [/^([ \t]*(?:proxy-)?authorization[ \t]*:).*$/gim, `$1 ${CENSORED}`],
  // User and password of a URL.
  [/(\/\/)[^/@\s]{1,200}@/g, `$1${CENSORED}@`],
  // `name=value`, `name: value`, "name":"value"; among them Signal=5 of application/dtmf-relay.
  [
    new RegExp(
      `(["']?\\b(?:${SECRET_NAMES})\\b["']?[ \\t]{0,8}[=:][ \\t]{0,8})("[^"\\n]*"|'[^'\\n]*'|[^\\s,;&]+)`,
      'gi',
    ),
    `$1${CENSORED}`,
  ],
  // The body of application/dtmf is one key on a line of its own.
  [/^[ \t]*[0-9A-D*#][ \t]*$/gim, CENSORED],
  // Keys separated by what a debugger puts between them.
  [/\b[0-9](?:[ ,][0-9]){3,}\b/g, CENSORED],
  // Anything as long as the shortest PIN, even where it is a port or part of a number.
  [/[0-9]{4,}/g, CENSORED],
];

/**
 * Takes out of a text whatever could be a PIN, a key or a credential. It is for errors that nothing caught, whose
 * content nobody can vouch for: it would rather lose a harmless number than let a PIN pass, and cuts off what is very long.
 */
export function redactText(text: string): string {
  const cut = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
  return REPLACEMENTS.reduce((redacted, [pattern, replacement]) => redacted.replace(pattern, replacement), cut);
}
