import type { Clock } from '../domain/clock.ts';
import { askServer, type ServerAddress, type Step } from './server-address.ts';

/** Whether drachtio-fsmrf can connect to a media server, and if not, why. */
export type ProbeVerdict = 'usable' | 'wrong-secret' | 'not-admitted' | 'no-sip-profile' | 'unreachable';

/** How long a probe may take, in milliseconds. */
const DEADLINE = 3_000;

/** The name of the SIP profile that drachtio-fsmrf looks for. */
export const SIP_PROFILE = 'drachtio_mrf';

const PROFILE_LINE = new RegExp(`^\\s*${SIP_PROFILE}\\s.*sip:mod_sofia@(?:[0-9]{1,3}\\.){3}[0-9]{1,3}:\\d+`, 'm');

/**
 * Signs in to an event socket and looks for the SIP profile, as drachtio-fsmrf is about to. The library waits for ever
 * when the secret is wrong, and throws inside an event handler, ending the process, when the profile is missing: so it
 * is only let near a server that has just passed both. Never rejects.
 */
export function probeMediaServer(address: ServerAddress, clock: Clock): Promise<ProbeVerdict> {
  let stage: 'greeting' | 'authenticating' | 'asking' = 'greeting';
  return askServer<ProbeVerdict>(address, {
    clock,
    deadline: DEADLINE,
    converse: (received): Step<ProbeVerdict> => {
      switch (stage) {
        case 'greeting':
          if (received.includes('rude-rejection')) return { kind: 'concluded', conclusion: 'not-admitted' };
          if (!/Content-Type: auth\/request\n\n/.test(received)) return { kind: 'wait' };
          stage = 'authenticating';
          return { kind: 'send', text: `auth ${address.secret}\n\n` };
        case 'authenticating':
          if (/Reply-Text: -ERR/.test(received)) return { kind: 'concluded', conclusion: 'wrong-secret' };
          if (!/Reply-Text: \+OK[^\n]*\n\n/.test(received)) return { kind: 'wait' };
          stage = 'asking';
          return { kind: 'send', text: 'api sofia status\n\n' };
        case 'asking':
          return wholeReply(received)
            ? { kind: 'concluded', conclusion: PROFILE_LINE.test(received) ? 'usable' : 'no-sip-profile' }
            : { kind: 'wait' };
      }
    },
  });
}

/** An `api/response` gives the length of its body in bytes. */
function wholeReply(received: string): boolean {
  const start = received.indexOf('Content-Type: api/response');
  const headEnd = received.indexOf('\n\n', start);
  if (start === -1 || headEnd === -1) return false;
  const length = Number(/Content-Length: (\d+)/.exec(received.slice(0, headEnd))?.[1] ?? '0');
  return Buffer.byteLength(received.slice(headEnd + 2)) >= length;
}
