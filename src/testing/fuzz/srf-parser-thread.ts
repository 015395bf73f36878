/**
 * drachtio-srf's parser in a thread of its own, so that a message on which it never ends can be found out. Started by
 * `srf-parser.ts`.
 */
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

interface ParsedMessage {
  getParsedHeader(name: string): unknown;
}

const require = createRequire(import.meta.url);
const SipMessage = require('drachtio-srf/lib/sip-parser/message') as new (raw: string) => ParsedMessage;
const progress = new Int32Array(workerData as SharedArrayBuffer);

/** The headers that the libraries and the service ask for taken apart. */
const HEADERS = ['from', 'to', 'via', 'contact', 'cseq', 'call-id'];

/** How long this thread takes to parse a message as the application does, in milliseconds of CPU. */
function parse(raw: string): number {
  const before = process.threadCpuUsage();
  const message = attempt(() => new SipMessage(raw));
  for (const name of HEADERS) attempt(() => message?.getParsedHeader(name));
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

/** It refuses some messages and headers by throwing, which the service catches. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

// It prints what it cannot parse.
console.log = () => undefined;
console.error = () => undefined;
parentPort?.on('message', (messages: readonly string[]) => {
  const times = messages.map((raw, index) => {
    Atomics.store(progress, 0, index);
    return parse(raw);
  });
  parentPort?.postMessage(times);
});
