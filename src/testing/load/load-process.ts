/**
 * Callers in a process of their own: many calls with audio both ways, as lean as it can be. Started by `callers.ts`,
 * which says over IPC what to do.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { parseSip } from '../phone/sip-message.ts';
import { Histogram } from './histogram.ts';
import { type CallPorts, callIdOf, LoadCall } from './load-call.ts';
import { LoadMedia, type MediaMeters, PACKET_MS } from './load-media.ts';
import type { CallersReport, FromCallers, LoadOrder, ToCallers } from './load-messages.ts';

const HOST = '127.0.0.1';
/** So many calls share a socket for their media, and are told apart by the port that it comes from. */
const CALLS_PER_SOCKET = 25;
/** Calls send in turns, so many in the time of one packet. */
const TURNS = 10;
const TURN_MS = PACKET_MS / TURNS;
/** What the system may hold for one socket, in bytes, while this process is not looking. */
const RECEIVE_BUFFER = 1 << 20;

interface MediaSocket {
  readonly socket: Socket;
  readonly port: number;
  readonly byRemote: Map<number, LoadCall>;
}

interface Placed {
  readonly call: LoadCall;
  readonly socket: Socket;
  readonly port: number;
}

async function bind(): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', lookup: (address, _options, callback) => callback(null, address, 4) });
  // With that look-up it listens in the same turn.
  const listening = once(socket, 'listening');
  socket.bind(0, HOST);
  await listening;
  socket.setRecvBufferSize(RECEIVE_BUFFER);
  return socket;
}

class Callers {
  readonly #meters: MediaMeters = { sent: 0, received: 0, spacing: new Histogram(), keyWaits: new Histogram() };
  readonly #lateness = new Histogram();
  readonly #calls = new Map<string, LoadCall>();
  readonly #turns: Set<Placed>[] = Array.from({ length: TURNS }, () => new Set());
  readonly #placed = new Map<
    LoadCall,
    { readonly turn: number; readonly placed: Placed; readonly media: MediaSocket }
  >();
  readonly #sockets: MediaSocket[] = [];
  readonly #refused: Record<string, number> = {};
  readonly #signalling: Socket;
  readonly #order: LoadOrder;
  #begun = 0;
  #ended = 0;
  #unanswered = 0;
  #stopping = false;
  #tried = false;
  #turn = 0;
  #nextTurnAt = performance.now();
  onTried: () => void = () => undefined;
  onEmpty: () => void = () => undefined;

  private constructor(order: LoadOrder, signalling: Socket) {
    this.#order = order;
    this.#signalling = signalling;
    signalling.on('message', (datagram) => {
      const message = parseSip(datagram);
      if (message !== undefined) this.#calls.get(callIdOf(message))?.receive(message);
    });
  }

  static async start(order: LoadOrder): Promise<Callers> {
    const callers = new Callers(order, await bind());
    // With churn the calls of one second are alive for a few seconds; the sockets are shared out evenly.
    const alive = order.seconds > 0 ? order.perSecond * order.seconds : order.calls;
    for (let index = 0; index < Math.ceil(alive / CALLS_PER_SOCKET); index++) {
      const socket = await bind();
      const media: MediaSocket = { socket, port: socket.address().port, byRemote: new Map() };
      socket.on('message', (datagram: Uint8Array, from: RemoteInfo) => {
        media.byRemote.get(from.port)?.media.arrived(datagram, performance.now());
      });
      callers.#sockets.push(media);
    }
    callers.#dial();
    callers.#pace();
    return callers;
  }

  measure(): void {
    this.#meters.sent = 0;
    this.#meters.received = 0;
    for (const histogram of [this.#meters.spacing, this.#meters.keyWaits, this.#lateness]) histogram.clear();
    for (const call of this.#calls.values()) call.media.restart();
  }

  report(): CallersReport {
    const { user, system } = process.cpuUsage();
    const { sent, received, spacing, keyWaits } = this.#meters;
    const calls = [...this.#calls.values()];
    return {
      held: calls.filter(({ state }) => state === 'up').length,
      begun: this.#begun,
      refused: this.#refused,
      ended: this.#ended,
      unanswered: this.#unanswered,
      sent,
      received,
      lost: calls.reduce((sum, { media }) => sum + media.lost, 0),
      spacing: spacing.data,
      keyWaits: keyWaits.data,
      lateness: this.#lateness.data,
      cpuSeconds: (user + system) / 1e6,
    };
  }

  hangUp(): void {
    this.#stopping = true;
    // The other side is spared a burst: so many at a time as began.
    const calls = [...this.#calls.values()];
    const next = (): void => {
      for (const call of calls.splice(0, Math.ceil(this.#order.perSecond / 10))) call.hangUp();
      if (calls.length > 0) setTimeout(next, 50);
    };
    next();
    if (this.#calls.size === 0) this.onEmpty();
  }

  #dial(): void {
    const { calls, perSecond, keyers } = this.#order;
    if (this.#stopping) return;
    if (calls > 0 && this.#begun >= calls) {
      this.#noteTried();
      return;
    }
    const index = this.#begun;
    this.#begun += 1;
    // Keyers are spread among the others as evenly as whole numbers allow.
    const share = calls > 0 ? keyers / calls : keyers / 100;
    const keys = Math.floor((index + 1) * share) > Math.floor(index * share);
    this.#begin(index, keys ? this.#order.extension : '');
    setTimeout(() => this.#dial(), 1_000 / perSecond);
  }

  /** All calls that there are to be have been begun, and each is up or has failed: that is told once. */
  #noteTried(): void {
    const { calls } = this.#order;
    if (this.#tried || calls === 0 || this.#begun < calls) return;
    if ([...this.#calls.values()].some(({ state }) => state === 'calling')) return;
    this.#tried = true;
    this.onTried();
  }

  #begin(index: number, extension: string): void {
    const { host, port, number, seconds } = this.#order;
    const media = this.#sockets[index % this.#sockets.length];
    if (media === undefined) throw new Error('There is no socket for media');
    const ports: CallPorts = {
      local: { host: HOST, port: this.#signalling.address().port },
      rtpPort: media.port,
      send: (message) => this.#signalling.send(message, port, host),
      onUp: (call, mediaPort) => {
        const turn = index % TURNS;
        const placed = { call, socket: media.socket, port: mediaPort };
        this.#turns[turn]?.add(placed);
        this.#placed.set(call, { turn, placed, media });
        media.byRemote.set(mediaPort, call);
        this.#noteTried();
        // Half the calls last as long as they may, the others anything down to nothing.
        const lasts = seconds * 1_000 * Math.min(1, 2 * ((index * 0.618_034) % 1));
        if (seconds > 0) setTimeout(() => call.hangUp(), lasts);
      },
      onOver: (call, how) => {
        this.#forget(call);
        this.#noteTried();
        if (how.kind === 'refused') this.#refused[how.status] = (this.#refused[how.status] ?? 0) + 1;
        if (how.kind === 'ended') this.#ended += 1;
        if (how.kind === 'unanswered') this.#unanswered += 1;
        if (this.#stopping && this.#calls.size === 0) this.onEmpty();
      },
    };
    const call = new LoadCall(`sip:${number}@${host}:${port}`, new LoadMedia(this.#meters, extension), ports);
    this.#calls.set(call.callId, call);
  }

  #forget(call: LoadCall): void {
    this.#calls.delete(call.callId);
    const place = this.#placed.get(call);
    if (place === undefined) return;
    this.#placed.delete(call);
    this.#turns[place.turn]?.delete(place.placed);
    // The port may by now be that of a later call.
    if (place.media.byRemote.get(place.placed.port) === call) place.media.byRemote.delete(place.placed.port);
  }

  /** One timer for all: each turn sends the packets of a tenth of the calls. */
  readonly #pace = (): void => {
    const { host } = this.#order;
    for (let now = performance.now(); this.#nextTurnAt <= now; this.#nextTurnAt += TURN_MS) {
      this.#lateness.add(now - this.#nextTurnAt);
      this.#turn = (this.#turn + 1) % TURNS;
      for (const { call, socket, port } of this.#turns[this.#turn] ?? []) {
        const { media } = call;
        media.next(now);
        // The system has copied it when this returns, or else keeps the buffer: then it is of no more use here.
        socket.send(media.packet.slice(0, media.length), port, host);
        this.#meters.sent += 1;
      }
      now = performance.now();
    }
    setTimeout(this.#pace, Math.max(0, this.#nextTurnAt - performance.now()));
  };
}

const tell = (message: FromCallers): void => {
  process.send?.(message);
};

/** Where it is let, this process goes before others: what it measures is the punctuality of somebody else. */
function goFirst(): void {
  try {
    setPriority(constants.priority.PRIORITY_HIGH);
  } catch {
    // Without the privilege its lateness is measured and told all the same.
  }
}

goFirst();
let callers: Callers | undefined;
process.on('message', (message: ToCallers) => {
  switch (message.kind) {
    case 'dial':
      void Callers.start(message.order).then((started) => {
        callers = started;
        started.onTried = () => tell({ kind: 'dialled' });
        started.onEmpty = () => tell({ kind: 'over', report: started.report() });
      });
      break;
    case 'measure':
      callers?.measure();
      break;
    case 'report':
      if (callers !== undefined) tell({ kind: 'report', report: callers.report() });
      break;
    case 'hang-up':
      callers?.hangUp();
      break;
  }
});
// Whoever asked for this is gone, and nobody will tell it to stop.
process.on('disconnect', () => process.exit(0));
