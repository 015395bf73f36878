import type { SettingName, SipListenAddress } from './config.ts';
import { errorCode } from './domain/error-code.ts';

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there; stop it, or choose another address',
  EADDRNOTAVAIL: 'this machine does not have that address',
  EACCES: 'this user may not; ports below 1024 are for privileged ones',
  EPERM: 'this user may not; ports below 1024 are for privileged ones',
  ENOTFOUND: 'that name is not known',
  EAI_AGAIN: 'that name cannot be looked up now',
};

/** An address of the configuration cannot be listened on; the message is a sentence for the operator. */
class ListenFailure extends Error {
  override readonly name = 'ListenFailure';
}

/** As it stands in the setting. */
function written({ host, port, transport }: SipListenAddress): string {
  return `${transport === undefined ? '' : `${transport}:`}${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Which of SIP's ports it was: of UDP and TCP, the system names another call for each. */
function protocolOf(error: Error, { transport }: SipListenAddress): 'UDP' | 'TCP' | 'TLS' {
  if (transport === 'tls') return 'TLS';
  return error.message.startsWith('bind ') ? 'UDP' : 'TCP';
}

/**
 * What to throw in place of an error of the system's when listening failed: it names the setting to be changed.
 * Errors of other kinds are handed back as they are.
 *
 * @param settings what was to be listened on. The system's message says which of them failed.
 */
export function listenFailure(
  error: unknown,
  settings: readonly (readonly [SettingName, SipListenAddress])[],
): unknown {
  const code = errorCode(error);
  if (!(error instanceof Error) || code === undefined) return error;
  const reason = REASONS[code];
  const { message } = error;
  const [name, address] =
    settings.find(([, { host, port }]) => message.includes(`${host}:${port}`)) ??
    settings.find(([, { host }]) => message.includes(host)) ??
    [];
  if (reason === undefined || name === undefined || address === undefined) return error;
  const over = name === 'SIP_LISTEN' ? ` over ${protocolOf(error, address)}` : '';
  return new ListenFailure(`${name}: ${written(address)} cannot be listened on${over}: ${reason}.`, {
    cause: error,
  });
}
