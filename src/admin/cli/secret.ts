/** A PIN on its way to the service. It shows itself to nobody who prints, logs or inspects what holds it. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value, for the body of the request and nothing else. */
  reveal(): string {
    return this.#value;
  }
}
