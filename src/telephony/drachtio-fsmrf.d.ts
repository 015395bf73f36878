/**
 * What is used of drachtio-fsmrf 4.1.2, which has no declarations of its own. The members that begin with an underscore
 * or lie within `conn` are internals: they are reached into only where the library leaves no other way to release what
 * it opened, and the version is pinned because of them.
 */
declare module 'drachtio-fsmrf' {
  import type { EventEmitter } from 'node:events';
  import type { Server, Socket } from 'node:net';

  /** An event of the event socket. */
  export interface EslEvent {
    getHeader(name: string): string | undefined;
    getBody(): string;
  }

  /** A connection of the event socket, in either direction. */
  export interface EslConnection {
    /** Null once the connection is closed. */
    socket: Socket | null;
    closing?: boolean;
    readonly reconnectVars: { retryTimer?: NodeJS.Timeout | null };
    on(event: string, listener: (event: EslEvent) => void): this;
    disconnect(): void;
    /** Sends a command and calls back with its reply; never, when the connection closes before. */
    sendRecv(command: string, onReply: () => void): void;
  }

  /** The SIP leg between the application and the media server. */
  export interface EndpointDialog extends EventEmitter {
    readonly connected: boolean;
    /** How many re-INVITEs are under way or waiting; the library does not count a refused one down. */
    readonly _reinvitesInProgress: { count: number; admitOne: unknown[] };
    destroy(): Promise<unknown>;
  }

  export interface Endpoint extends EventEmitter {
    readonly uuid: string;
    /** Null once the event socket of this endpoint is closed. */
    readonly conn: EslConnection | null;
    /** Null once the endpoint is destroyed. */
    readonly dialog: EndpointDialog | null;
    /** Absent until the media server has negotiated. */
    readonly local: { readonly sdp?: string };
    api(command: string, args?: string): Promise<EslEvent>;
    execute(application: string, argument?: string): Promise<EslEvent>;
    set(variables: Readonly<Record<string, string>>): Promise<void>;
    /** Sends a re-INVITE with `sdp` to the media server and resolves with its answer. */
    modify(sdp: string): Promise<string>;
    destroy(): Promise<void>;
  }

  export interface MediaServer extends EventEmitter {
    readonly conn: EslConnection;
    readonly address: string | undefined;
    /** 0 until the first HEARTBEAT. */
    readonly maxSessions: number;
    readonly currentSessions: number;
    readonly listenPort?: number;
    readonly _server: { readonly server: Server; readonly connections: Readonly<Record<string, EslConnection>> };
    connected(): boolean;
    api(command: string): Promise<string>;
    createEndpoint(options: { remoteSdp: string; headers?: Record<string, string> }): Promise<Endpoint>;
    disconnect(): void;
  }

  export interface ConnectOptions {
    address: string;
    port: number;
    secret: string;
    listenAddress: string;
    listenPort: number;
    advertisedAddress?: string;
    profile?: string;
  }

  export default class Mrf {
    constructor(srf: object);
    connect(options: ConnectOptions): Promise<MediaServer>;
  }
}
