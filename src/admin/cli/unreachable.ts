import { errorCode } from '../../domain/error-code.ts';
import { isLoopback } from './connection.ts';

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)/;
const BEFORE_SENDING = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
];

/** What fetch found wrong is the cause of what it throws; where several addresses were tried, all of them. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { cause } = error;
  if (cause instanceof AggregateError) return errorCode(cause) ?? errorCode(cause.errors[0]);
  return errorCode(cause) ?? errorCode(error);
}

/** Whether a request that failed so may have reached the service. */
export function isUncertain(error: unknown): boolean {
  const code = codeOf(error);
  return code === undefined || !(BEFORE_SENDING.includes(code) || CERTIFICATE.test(code));
}

/** Why there is no answer, and what to do about it, in a line. */
export function unreachableSentence(error: unknown, { origin, hostname }: URL): string {
  const code = codeOf(error);
  if (error instanceof Error && error.name === 'TimeoutError') return `${origin} took too long to answer.`;
  if (code === 'ECONNREFUSED') {
    return isLoopback(hostname)
      ? `No service answers at ${origin}. Start it with npm start, or set TOUCHTONE_URL to where it is.`
      : `No service answers at ${origin}. Is TOUCHTONE_URL right, and does the service listen there (HTTP_LISTEN)?`;
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return `There is no machine ${hostname}; see that TOUCHTONE_URL is right.`;
  if (code !== undefined && CERTIFICATE.test(code)) {
    return `The certificate of ${origin} is not trusted (${code}). If an authority of your own made it, name that authority's certificate in NODE_EXTRA_CA_CERTS.`;
  }
  return `${origin} cannot be reached (${code ?? 'the connection failed'}).`;
}
