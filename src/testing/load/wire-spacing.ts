import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Histogram } from './histogram.ts';

/** Lengths of what a capture is made of, in bytes. */
const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const ETHERNET = 14;
const IPV4 = 20;
const UDP = 8;
const RTP = 12;
/** Samples of 20 ms of G.711. */
const SAMPLES = 160;
/** What is kept of each packet: all headers up to that of RTP, and some spare. */
const SNAP_LENGTH = 64;
/** How long the capture may take to begin, in milliseconds. */
const BEGIN_MS = 10_000;
/** RTP of one call in eight: media servers have it on even ports below those that the system gives to callers. */
const FILTER = 'ip and udp and src portrange 10000-32767 and (udp[0:2] & 0xf) = 4 and udp[8] = 0x80';

/** How far apart packets are when they leave, by the system's own clock. */
export interface WireSpacing {
  /** Forgets what was measured so far. */
  restart(): void;
  /** What was measured since, in milliseconds. */
  readonly spacing: Histogram;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Watches the loopback interface with tcpdump, for one call in eight: the system stamps a packet as it is sent, so
 * neither the lateness of who receives it nor the time that it waits there is a part of what is measured.
 * Undefined where there is no tcpdump, or it may not watch (it needs root).
 */
export async function watchWire(): Promise<WireSpacing | undefined> {
  const args = ['-i', 'lo', '-n', '-s', String(SNAP_LENGTH), '-B', '8192', '-U', '-w', '-', FILTER];
  const tcpdump = spawn('tcpdump', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const gone = once(tcpdump, 'exit').catch(() => undefined);
  const capture = new Capture();
  const begun = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => begun.resolve(false), BEGIN_MS);
  tcpdump.once('error', () => begun.resolve(false));
  tcpdump.once('exit', () => begun.resolve(false));
  tcpdump.stdout.on('data', (chunk: Buffer) => {
    // The header of the file comes when the interface is being watched.
    begun.resolve(true);
    capture.read(chunk);
  });
  const watching = await begun.promise;
  clearTimeout(timer);
  if (!watching) {
    end(tcpdump);
    return undefined;
  }
  return {
    restart: () => capture.restart(),
    get spacing() {
      return capture.spacing;
    },
    [Symbol.asyncDispose]: async () => {
      end(tcpdump);
      await gone;
    },
  };
}

function end(tcpdump: ChildProcess): void {
  if (tcpdump.exitCode === null) tcpdump.kill('SIGTERM');
}

interface LastPacket {
  readonly at: number;
  readonly sequence: number;
  readonly timestamp: number;
}

/** A capture in the format of libpcap, with stamps in microseconds, of packets of RTP over IPv4 over Ethernet. */
export class Capture {
  readonly #last = new Map<number, LastPacket>();
  #rest: Buffer = Buffer.alloc(0);
  #atHeader = true;
  #spacing = new Histogram();

  get spacing(): Histogram {
    return this.#spacing;
  }

  restart(): void {
    this.#spacing = new Histogram();
    this.#last.clear();
  }

  /** Takes the next bytes of the capture, cut anywhere. */
  read(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    if (this.#atHeader) {
      if (bytes.length < FILE_HEADER) {
        this.#rest = bytes;
        return;
      }
      this.#atHeader = false;
      at = FILE_HEADER;
    }
    while (bytes.length - at >= RECORD_HEADER) {
      const length = bytes.readUInt32LE(at + 8);
      if (bytes.length - at < RECORD_HEADER + length) break;
      const stamp = bytes.readUInt32LE(at) * 1_000 + bytes.readUInt32LE(at + 4) / 1_000;
      this.#packet(stamp, bytes.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length));
      at += RECORD_HEADER + length;
    }
    this.#rest = bytes.subarray(at);
  }

  #packet(at: number, frame: Buffer): void {
    if (frame.length < ETHERNET + IPV4 + UDP + RTP) return;
    const port = frame.readUInt16BE(ETHERNET + IPV4);
    const rtp = ETHERNET + IPV4 + UDP;
    const sequence = frame.readUInt16BE(rtp + 2);
    const timestamp = frame.readUInt32BE(rtp + 4);
    const last = this.#last.get(port);
    this.#last.set(port, { at, sequence, timestamp });
    if (last === undefined || sequence !== ((last.sequence + 1) & 0xffff)) return;
    // Behind a pause in the audio the timestamp says so, and then the time between packets says nothing.
    if (((timestamp - last.timestamp) | 0) === SAMPLES) this.#spacing.add(Math.max(0, at - last.at));
  }
}
