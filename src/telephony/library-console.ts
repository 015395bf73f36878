import { createRequire } from 'node:module';
import type { Log } from '../domain/log.ts';

const METHODS = ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const;

/** How much of a printed text is kept: enough to recognise the message, too little for a message body. */
const KEPT_CHARACTERS = 80;

/**
 * Turns what the libraries print on the console into log lines until the returned function is called. drachtio-srf
 * prints messages that it cannot parse as a whole, with the digits of an INFO in them; so of each text only the
 * beginning of the first line is kept, every digit of it masked, and the rest is counted. Everything that the process
 * prints through `console` meanwhile is treated so.
 */
export function captureLibraryConsole(log: Log): () => void {
  const printer = globalThis.console;
  const originals = METHODS.map((method) => [method, printer[method]] as const);
  for (const method of METHODS) {
    printer[method] = (...values: unknown[]): void => {
      const write = method === 'error' || method === 'warn' ? log.warn : log.debug;
      write.call(log, { printed: values.slice(0, 4).map(redactPrinted), values: values.length }, 'A library printed');
    };
  }
  silenceLibraryDebug();
  return () => {
    for (const [method, original] of originals) printer[method] = original;
  };
}

/** The part of a printed value that may be logged, and how many lines it had. */
export function redactPrinted(value: unknown): { readonly text: string; readonly lines: number } {
  const whole = value instanceof Error ? `${value.name}: ${value.message}` : typeof value === 'string' ? value : '';
  if (whole === '') return { text: `(${value === null ? 'null' : typeof value})`, lines: 1 };
  const lines = whole.split(/\r\n|\r|\n/);
  const text = (lines[0] ?? '')
    .slice(0, KEPT_CHARACTERS)
    .replace(/\d/g, '#')
    .replace(/[^\x20-\x7e]/g, '?');
  return { text, lines: lines.length };
}

interface DebugModule {
  disable(): string;
  enable(namespaces: string): void;
}

function isDebugModule(value: unknown): value is DebugModule {
  return typeof value === 'function' && 'disable' in value && 'enable' in value;
}

/**
 * Switches the debug output of both libraries off, whatever the environment variable DEBUG asks for: it shows the
 * servers' secrets and every message with its digits. Other packages' debug output stays as it was.
 */
export function silenceLibraryDebug(): void {
  const ours = createRequire(import.meta.url);
  for (const library of ['drachtio-srf', 'drachtio-fsmrf']) {
    const debug: unknown = createRequire(ours.resolve(library))('debug');
    if (!isDebugModule(debug)) throw new Error(`The debug module of ${library} is not the one that is known`);
    const others = debug.disable();
    if (others !== '') debug.enable(`${others.replace(/,?-drachtio:\*/g, '')},-drachtio:*`);
  }
}
