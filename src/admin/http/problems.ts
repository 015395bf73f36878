import type { Problem as ProblemDocument } from './schemas/problem.ts';

interface ProblemKind {
  readonly status: number;
  /** A few words; the same for every occurrence (RFC 9457 §3.1.3). */
  readonly title: string;
  /** What it means and what to do, for the page of this kind. */
  readonly about: string;
}

/** Every kind of problem that the API answers with: a closed list. Names are stable, for clients decide by them. */
export const PROBLEMS = {
  'invalid-request': {
    status: 400,
    title: 'The request cannot be understood',
    about: 'It is not what the API description asks for. `errors` says where, as far as that is known.',
  },
  'authentication-required': {
    status: 401,
    title: 'Say who you are',
    about: 'The request has no bearer token, or one that is unknown, expired or not for this service.',
  },
  'no-session': {
    status: 401,
    title: 'You are not signed in',
    about: 'There is no session, or it has ended: after half an hour without use, after eight hours, or by a sign-out.',
  },
  csrf: {
    status: 403,
    title: 'Nothing shows that you meant this',
    about: 'With a session, what changes something has to come from the pages, with their token against forgery.',
  },
  forbidden: {
    status: 403,
    title: 'Your role does not allow this',
    about: 'The token is good, but none of its roles may do this. The attempt has been recorded.',
  },
  'not-found': {
    status: 404,
    title: 'There is no such thing',
    about: 'Nothing is at this address.',
  },
  'not-offered': {
    status: 404,
    title: 'This way in is not offered here',
    about: 'The service is not set up for it.',
  },
  'no-such-mailbox': {
    status: 404,
    title: 'There is no such mailbox',
    about: 'No mailbox has this id, address, alias or extension.',
  },
  'no-such-dial-plan': { status: 404, title: 'There is no such dial plan', about: 'No dial plan has this id or name.' },
  'no-such-policy': {
    status: 404,
    title: 'There is no such mailbox policy',
    about: 'No mailbox policy has this id or name.',
  },
  'no-such-mail': { status: 404, title: 'There is no such mail', about: 'The mailbox has no mail with this id.' },
  'no-such-call': { status: 404, title: 'There is no such call', about: 'No call with this id is alive.' },
  'no-such-token': { status: 404, title: 'There is no such token', about: 'No access token has this id.' },
  'method-not-allowed': {
    status: 405,
    title: 'That cannot be done here',
    about: 'The address exists, but not with this method; `Allow` lists those it has.',
  },
  'request-timeout': {
    status: 408,
    title: 'The request came too slowly',
    about: 'It was not complete in time. Send it again.',
  },
  'ambiguous-identity': {
    status: 409,
    title: 'Several mailboxes answer to this name',
    about: '`candidates` has their addresses; name one of them.',
  },
  'address-taken': { status: 409, title: 'The address is taken', about: 'Another mailbox has it.' },
  'alias-taken': { status: 409, title: 'The alias is taken', about: 'Another mailbox has it.' },
  'number-taken': {
    status: 409,
    title: 'The number is taken',
    about: 'Another mailbox or dial plan has the number that `number` tells.',
  },
  'name-taken': { status: 409, title: 'The name is taken', about: 'Another one of its kind has it.' },
  'in-use': { status: 409, title: 'It is in use', about: 'What is in use cannot be removed.' },
  'has-mailboxes': {
    status: 409,
    title: 'It has mailboxes',
    about: 'This cannot be changed or removed while there are mailboxes that depend on it.',
  },
  'mail-not-retriable': {
    status: 409,
    title: 'The mail cannot be tried again',
    about: 'Only mails that wait or were refused can be.',
  },
  'last-way-in': {
    status: 409,
    title: 'It is the last way in',
    about: 'Nobody could manage tokens any more. Make another token of Organization Management first.',
  },
  'idempotency-key-in-use': {
    status: 409,
    title: 'The same request is under way',
    about: 'A request with this idempotency key has not been answered yet. Try again in a moment.',
  },
  'answer-not-kept': {
    status: 409,
    title: 'This was done, and its answer is not kept',
    about: 'The request with this idempotency key succeeded. Its answer held a secret, which is shown once only.',
  },
  'link-used-up': {
    status: 410,
    title: 'The link is no longer good',
    about: 'A link is good once, and for a quarter of an hour. Ask for another.',
  },
  'precondition-failed': {
    status: 412,
    title: 'It has been changed meanwhile',
    about: 'Its ETag is not the one in `If-Match` any more. Read it again, then decide.',
  },
  'body-too-large': { status: 413, title: 'The body is too large', about: 'A body has 64 KiB at most.' },
  'uri-too-long': { status: 414, title: 'The address is too long', about: 'An address has 4096 characters at most.' },
  'unsupported-media-type': {
    status: 415,
    title: 'The body is of a kind that is not read here',
    about: 'Bodies are JSON, and `Content-Type` says so.',
  },
  'pin-refused': {
    status: 422,
    title: 'The PIN is refused',
    about: '`rule` names the rule that it breaks, and the numbers that belong to it are beside it.',
  },
  'setting-refused': {
    status: 422,
    title: 'The setting is refused',
    about: '`setting` names it, and what it may be is beside it.',
  },
  'not-an-address': { status: 422, title: 'That is not a mail address', about: 'Mail could not be sent there.' },
  'not-an-extension': {
    status: 422,
    title: 'That is not an extension',
    about: 'Extensions are digits, exactly as many as the dial plan says.',
  },
  'not-a-number': {
    status: 422,
    title: 'That is not a telephone number',
    about: 'Numbers are digits, + in front at most.',
  },
  'request-refused': { status: 422, title: 'That is not possible', about: '`rule` names what speaks against it.' },
  'generated-unmailed': {
    status: 422,
    title: 'Nobody would learn the PIN',
    about: 'A generated PIN is told by mail only; `sendEmail` can be false only where a PIN is given.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'The idempotency key was used for another request',
    about: 'A key belongs to one request: method, address and body. Use a new one.',
  },
  'too-many-requests': {
    status: 429,
    title: 'Too much from your address',
    about:
      'Too many attempts from this address failed, or too much was asked for. `Retry-After` says how long to wait.',
  },
  'history-attempts-used-up': {
    status: 429,
    title: 'Too many PINs were used before',
    about: 'Three typed PINs of a mailbox a day may meet its history. Have one generated, or try tomorrow.',
  },
  'headers-too-large': { status: 431, title: 'The headers are too large', about: 'Headers have 16 KiB at most.' },
  'internal-error': {
    status: 500,
    title: 'Something went wrong here',
    about: 'It has been logged under the id that `instance` tells.',
  },
  overloaded: {
    status: 503,
    title: 'Too much at once',
    about: 'The service, or what it depends on, cannot answer now. Try again when `Retry-After` says.',
  },
  'identity-provider-unavailable': {
    status: 503,
    title: 'The identity provider cannot be reached',
    about: 'Its tokens cannot be checked now; tokens of Touchtone itself can.',
  },
} as const satisfies Readonly<Record<string, ProblemKind>>;

export type ProblemName = keyof typeof PROBLEMS;

export const PROBLEM_NAMES = Object.keys(PROBLEMS).filter((name): name is ProblemName => name in PROBLEMS);

/** The address of the page about a kind of problem, which is its `type`. */
export const problemType = (name: ProblemName): string => `/api/v1/problems/${name}`;

/** What is to be answered: the kind, what is wrong this time in a sentence without secrets, and more members beside it. */
export interface Problem {
  readonly name: ProblemName;
  readonly detail: string;
  /** Extension members (RFC 9457 §3.2), such as `rule`; never a PIN, a token or a key. */
  readonly more?: Readonly<Record<string, unknown>>;
  /** Seconds until it is worth trying again. */
  readonly retryAfter?: number;
}

/** The document of a problem that came up in the request of this id, a UUID. */
export function problemDocument({ name, detail, more }: Problem, requestId: string): ProblemDocument {
  const { status, title } = PROBLEMS[name];
  return { ...more, type: problemType(name), title, status, detail, instance: `urn:uuid:${requestId}` };
}

/** Thrown to answer with a problem from wherever it is noticed. */
export class ProblemRaised extends Error {
  override readonly name = 'ProblemRaised';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.name);
    this.problem = problem;
  }
}

/** Ends the request with a problem; a handler writes `return raise({ name: 'no-such-mailbox', detail: … })`. */
export function raise(problem: Problem): never {
  throw new ProblemRaised(problem);
}
