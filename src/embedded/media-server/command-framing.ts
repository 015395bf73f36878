/** A command as a client sends it: a line, headers, perhaps a body. */
export interface EslCommand {
  readonly line: string;
  /** By lower-case name; of several of one name the last counts. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string | undefined;
}

/** What a command may measure, in bytes; whoever goes above is cut off. */
export interface CommandLimits {
  readonly head: number;
  readonly body: number;
}

/** Real clients stay far below. */
export const commandLimits: CommandLimits = { head: 65_536, body: 1_048_576 };
/** Room for a password: a stranger has nothing else to say. */
export const strangersLimits: CommandLimits = { head: 1_024, body: 0 };

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * Cuts a client's bytes into commands. A command ends at an empty line, or after the bytes of its Content-Length; line
 * feeds before it are passed over, and lines may end with CR LF.
 */
export class CommandFraming {
  #pending: Buffer = Buffer.alloc(0);
  /** How much of the pending head has been searched for its end. */
  #searched = 0;
  #head: { line: string; headers: Map<string, string>; length: number } | undefined;

  /**
   * Takes bytes; `limits` hold for the commands that end in them.
   *
   * @returns the commands that are complete now, or `'too-long'`, after which the connection is of no more use.
   */
  push(chunk: Buffer, limits: CommandLimits = commandLimits): EslCommand[] | 'too-long' {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const commands: EslCommand[] = [];
    for (;;) {
      const command = this.#next(limits);
      if (command === 'too-long') return command;
      if (command === undefined) return commands;
      commands.push(command);
    }
  }

  #next(limits: CommandLimits): EslCommand | 'too-long' | undefined {
    if (this.#head === undefined) {
      const end = this.#findHead(limits.head);
      if (end === 'too-long' || end === undefined) return end;
      this.#head = readHead(this.#pending.toString('utf8', 0, end));
      this.#pending = this.#pending.subarray(end);
      if (this.#head.length > limits.body) return 'too-long';
    }
    const { line, headers, length } = this.#head;
    if (this.#pending.length < length) return undefined;
    this.#head = undefined;
    const body = length === 0 ? undefined : this.#pending.toString('utf8', 0, length);
    this.#pending = this.#pending.subarray(length);
    return { line, headers, body };
  }

  /** Where the head ends, its empty line included. */
  #findHead(longest: number): number | 'too-long' | undefined {
    let start = 0;
    while (this.#pending[start] === lineFeed || this.#pending[start] === carriageReturn) start += 1;
    if (start > 0) {
      this.#pending = this.#pending.subarray(start);
      this.#searched = 0;
    }
    const pending = this.#pending;
    for (let at = pending.indexOf(lineFeed, this.#searched); at !== -1; at = pending.indexOf(lineFeed, at + 1)) {
      const next = pending[at + 1] === carriageReturn ? at + 2 : at + 1;
      if (pending[next] !== lineFeed) continue;
      this.#searched = 0;
      return next + 1 > longest ? 'too-long' : next + 1;
    }
    this.#searched = Math.max(0, pending.length - 2);
    return pending.length > longest ? 'too-long' : undefined;
  }
}

function readHead(text: string): { line: string; headers: Map<string, string>; length: number } {
  const [line = '', ...rest] = text.split(/\r?\n/);
  const headers = new Map<string, string>();
  for (const header of rest) {
    const colon = header.indexOf(':');
    if (colon > 0) headers.set(header.slice(0, colon).toLowerCase(), header.slice(colon + 1).replace(/^ +/, ''));
  }
  const length = Number.parseInt(headers.get('content-length') ?? '', 10) || 0;
  return { line, headers, length: Math.max(0, length) };
}
