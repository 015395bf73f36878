import type { Readable, Writable } from 'node:stream';

/** Where a command reads, and whether that is a terminal. */
export type Input = Readable & { readonly isTTY?: boolean };

/** Where a command writes, whether that is a terminal, and how many characters wide. */
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** What a command has of the process it runs in. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that `./touchtone` is in. */
  readonly root: string;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Resolves after so many milliseconds; rejects when the signal is aborted before. */
  pause(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Has the listener hear of Ctrl-C in place of the end of the process; the returned function undoes that. */
  onInterrupt(listener: () => void): () => void;
}
