/** An event as a server sends it (HTML Living Standard §9.2). */
export interface ReadEvent {
  readonly event: string;
  readonly data: unknown;
  readonly id: string | undefined;
}

const DEADLINE = 15_000;

function eventOf(block: string): ReadEvent | undefined {
  const fields = block.split('\n').filter((line) => !line.startsWith(':'));
  const fieldOf = (name: string): string | undefined =>
    fields.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
  const data = fieldOf('data');
  return data === undefined
    ? undefined
    : { event: fieldOf('event') ?? 'message', data: JSON.parse(data), id: fieldOf('id') };
}

/** Reads a stream of server-sent events, as an EventSource does. */
export class EventReader {
  readonly response: Response;
  readonly events: ReadEvent[] = [];
  /** Everything that came, comments included. */
  text = '';
  isOver = false;
  readonly #controller: AbortController;

  private constructor(response: Response, controller: AbortController) {
    this.response = response;
    this.#controller = controller;
    void this.#read();
  }

  static async open(url: string, headers: Readonly<Record<string, string>>): Promise<EventReader> {
    const controller = new AbortController();
    return new EventReader(await fetch(url, { headers, signal: controller.signal }), controller);
  }

  /** The events of a name that have come. */
  of(name: string): readonly ReadEvent[] {
    return this.events.filter(({ event }) => event === name);
  }

  /**
   * Waits until something holds of what has come, and lets something be done meanwhile, again and again; throws when it
   * does not for a long time.
   */
  async until(
    holds: () => boolean,
    what: string,
    meanwhile: () => Promise<void> = async () => undefined,
  ): Promise<void> {
    const deadline = Date.now() + DEADLINE;
    while (!holds()) {
      if (Date.now() > deadline) throw new Error(`${what} has not come; what has is ${this.text}`);
      await meanwhile();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  close(): void {
    this.#controller.abort();
  }

  async #read(): Promise<void> {
    try {
      const decoder = new TextDecoder();
      let rest = '';
      for await (const chunk of this.response.body ?? []) {
        const text = decoder.decode(chunk, { stream: true });
        this.text += text;
        const blocks = `${rest}${text}`.split('\n\n');
        rest = blocks.pop() ?? '';
        this.events.push(...blocks.flatMap((block) => eventOf(block) ?? []));
      }
    } catch (error) {
      if (!this.#controller.signal.aborted) this.text += String(error);
    } finally {
      this.isOver = true;
    }
  }
}
