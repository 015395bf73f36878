import type { NodemailerError } from 'nodemailer';
import type { Delivery } from './mail-transport.ts';

/** Replies that ask for a login or turn it down (RFC 4954 §6), whatever they are said to. */
const LOGIN_REPLIES: readonly number[] = [530, 534, 535, 538];

/** The commands whose refusal is about the mail; that of any other is about this service and the server. */
const ABOUT_THE_MAIL: readonly string[] = ['RCPT TO', 'DATA'];

/** Longest reply that is kept, in characters. */
const LONGEST_REPLY = 200;

/** At the start of a reply: its code, and the enhanced one (RFC 3463) where there is one. */
const CODES = /^\d{3}(?:[ -]\d\.\d{1,3}\.\d{1,3})?/;

/**
 * A server's reply without what might be an address or, were the server to quote the mail, a digit of a PIN; the codes
 * at its start are kept.
 */
function replyWords(reply: string): string {
  const [codes = ''] = CODES.exec(reply) ?? [];
  const rest = reply
    .slice(codes.length)
    .replace(/[^\s\p{L}\p{N}\p{P}\p{S}]|\s+/gu, ' ')
    .replace(/[^\s<>()[\]"']*@[^\s<>()[\]"']*/g, '[address]')
    .replace(/\d[\d\s]{2,}/g, '[digits] ');
  return `${codes}${rest}`.slice(0, LONGEST_REPLY).trim();
}

/** What a failure is called, by the place in the conversation. */
function stepWords(error: NodemailerError): string {
  const { command = '', code } = error;
  if (code === 'EABORT') return 'The mail server took too long';
  if (command.startsWith('AUTH')) return 'The mail server does not accept the login';
  switch (command) {
    case 'RCPT TO':
      return 'The mail server does not take mail for this recipient';
    case 'DATA':
      return 'The mail server does not take this mail';
    case 'MAIL FROM':
      return 'The mail server does not take mail from this sender';
    case 'STARTTLS':
      return 'The mail server does not secure the connection';
    case 'EHLO':
    case 'HELO':
      return 'The mail server does not take mail from this machine';
    default:
      return connectionWords(error);
  }
}

function connectionWords(error: NodemailerError): string {
  if (isSecurityTrouble(error)) return 'The connection to the mail server cannot be secured';
  const isAnswered = error.responseCode !== undefined;
  return isAnswered ? 'The mail server turned the connection away' : 'The connection to the mail server failed';
}

/** What the server said, or what was wrong below SMTP: of a socket, of TLS, of a certificate, of a wait. */
function detailOf({ response, originalCode, timeoutType, code, name }: NodemailerError): string {
  return response ? replyWords(response) : (originalCode ?? timeoutType ?? code ?? name);
}

/** Certificates that do not hold, and TLS that cannot be agreed on, do not mend themselves. */
function isSecurityTrouble({ code, originalCode = '', responseCode }: NodemailerError): boolean {
  return (code === 'ETLS' && responseCode === undefined) || /CERT|TLS|SSL|UNABLE_TO|ISSUER/.test(originalCode);
}

/**
 * Judges a failed conversation (RFC 5321 §4.2.1). A 5xx reply to RCPT or DATA is the mail's end. To anything before
 * (greeting, EHLO, STARTTLS, AUTH, MAIL FROM) it concerns every mail alike and will be mended by somebody, so the mail
 * waits. 503 is a conversation that got muddled. Everything else may pass by itself.
 */
export function judgeFailure(error: NodemailerError): Delivery {
  const { command = '', responseCode = 0, permanent = false } = error;
  const words = `${stepWords(error)}: ${detailOf(error)}`;
  const isAboutTheMail = ABOUT_THE_MAIL.includes(command) && !LOGIN_REPLIES.includes(responseCode);
  if (isAboutTheMail && permanent) return { kind: 'refused', error: words };
  if (permanent || isSecurityTrouble(error)) return { kind: 'postponed', because: 'set-up', error: words };
  return { kind: 'postponed', because: isAboutTheMail && responseCode > 0 ? 'not-now' : 'unreachable', error: words };
}
