/** What `./touchtone` ends with. */
export const EXIT_CODES = {
  /** It was done, or shown. */
  done: 0,
  /** The service refused it, or it failed; of many rows: some did. */
  refused: 1,
  /** The command cannot be understood, or has to be given in another way. Nothing was sent. */
  usage: 2,
  /** The service cannot be reached, or does not know who asks. */
  unreachable: 3,
  /** Interrupted by Ctrl-C. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];
