import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import DrachtioSrf from 'drachtio-srf';

/**
 * What is used of drachtio-srf 5.0.29. Its own declarations lag its code: they know nothing of where a request came
 * from in an application that was disconnected, of dialog ids, or of the callbacks' second arguments.
 */

/** Where a message came from, as drachtio reports it. */
export interface SipMeta {
  /** `network`, or `application` for what drachtio made itself, such as the BYE after a missing ACK. */
  readonly source: string;
}

export interface SipRequest extends EventEmitter {
  readonly method: string;
  readonly uri: string;
  readonly body: string | undefined;
  readonly payload: readonly { readonly type?: string | null; readonly content?: string }[];
  readonly raw: string;
  readonly meta: SipMeta;
  /** The IP address of whoever sent the message to drachtio. */
  readonly source_address: string;
  /** How it came on its last hop: `udp`, `tcp`, `tls`, `ws` or `wss`. */
  readonly protocol: string;
  readonly stackDialogId: string | undefined;
  readonly socket: Socket;
  get(header: string): string | undefined;
  has(header: string): boolean;
  getParsedHeader(header: string): unknown;
}

export interface SendOptions {
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export interface SipResponse extends EventEmitter {
  readonly finalResponseSent: boolean;
  readonly stackDialogId: string | undefined;
  /** What is being sent; the library fills it in `send`. */
  readonly msg: { status?: number; reason?: string };
  status: number;
  readonly agent: { sendResponse(res: SipResponse, options: SendOptions): void };
  send(status: number, options?: SendOptions): void;
}

export interface SipDialog extends EventEmitter {
  readonly id: string;
  readonly connected: boolean;
  readonly sip: { readonly callId: string };
  readonly local: { sdp: string; readonly contact: string };
  readonly remote: { sdp: string | undefined };
  destroy(options?: { headers?: Record<string, string> }): Promise<unknown>;
}

/** The framing between the application and drachtio. */
export interface WireProtocol extends EventEmitter {
  closing?: boolean;
  /** The socket of the latest reconnection; the first connection's is never kept here. */
  readonly socket?: Socket;
  readonly reconnectVars: { retryTimer?: NodeJS.Timeout | null; retryDelay?: number };
  send(socket: Socket, message: string): string;
}

export interface DrachtioAgent {
  readonly wp: WireProtocol;
  /** One entry for each living connection, keyed by its socket. */
  readonly mapServer: ReadonlyMap<Socket, unknown>;
}

export interface SrfConnectOptions {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  readonly reconnect: { readonly retryMaxDelay: number };
}

export type RequestHandler = (req: SipRequest, res: SipResponse) => void;

export interface Srf extends EventEmitter {
  /** The agent exists from `connect` on. */
  readonly app: { readonly client?: DrachtioAgent };
  connect(options: SrfConnectOptions): void;
  use(handler: (req: SipRequest, res: SipResponse, next: () => void) => void): void;
  invite(handler: RequestHandler): void;
  options(handler: RequestHandler): void;
  createUAS(
    req: SipRequest,
    res: SipResponse,
    options: { localSdp: string; headers?: Record<string, string> },
    callback: (error: unknown, dialog?: SipDialog) => void,
  ): void;
  /** Called by the library with each dialog that it makes, for its own callers and for drachtio-fsmrf. */
  addDialog(dialog: Pick<SipDialog, 'destroy'>): void;
  removeDialog(dialog: { readonly id: string }): void;
  /** Tells drachtio that requests of this method go to others; throws when they do already. */
  unregisterForMessages(method: string): void;
}

const SRF_METHODS = [
  'connect',
  'use',
  'invite',
  'options',
  'createUAS',
  'addDialog',
  'removeDialog',
  'unregisterForMessages',
  'on',
];

function isSrf(value: object): value is Srf {
  return SRF_METHODS.every((name) => typeof Reflect.get(value, name) === 'function') && 'app' in value;
}

/** Makes a signalling framework that is not connected. Throws when the library is not the one that this was written for. */
export function createSrf(): Srf {
  const srf: object = new DrachtioSrf();
  if (!isSrf(srf)) {
    throw new Error('drachtio-srf is not the version that this program was written for');
  }
  letDialogsGo(srf);
  return srf;
}

/**
 * drachtio-fsmrf ends the SIP leg of an endpoint that was too slow and waits for nothing. When drachtio has forgotten that
 * dialog by then, the promise is rejected where nobody can catch it, and that would end the process with all its calls.
 * Whoever does wait for a dialog's end is told as before.
 */
function letDialogsGo(srf: Srf): void {
  const addDialog = srf.addDialog.bind(srf);
  srf.addDialog = (dialog) => {
    const destroy = dialog.destroy.bind(dialog);
    dialog.destroy = (...parameters) => {
      const ended = destroy(...parameters);
      Promise.resolve(ended).catch(() => undefined);
      return ended;
    };
    addDialog(dialog);
  };
}
