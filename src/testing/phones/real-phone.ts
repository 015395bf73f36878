/** A phone that others have written, driven by a test. */
export interface RealPhone {
  /** Places a call to a `sip:` URI; does not wait for the answer. */
  call(uri: string): Promise<void>;
  /** Presses keys in the call, by RTP events. */
  press(keys: string): Promise<void>;
  /** Hangs up and ends the program. */
  hangUp(): Promise<void>;
  /** What it received, as the bytes of a WAV file of 8 kHz; after it has hung up. */
  heard(): Promise<Buffer>;
  /** Everything that it wrote of its messages, the INVITE with its offer among them. */
  messages(): Promise<string>;
  /** Ends the program if it still runs, and removes its files. */
  close(): Promise<void>;
}

/** A kind of phone. */
export interface PhoneKind {
  readonly name: string;
  /** The program, and the Debian package that it comes with. */
  readonly program: string;
  readonly package: string;
  start(): Promise<RealPhone>;
}
