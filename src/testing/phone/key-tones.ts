/** The pairs of frequencies of ITU-T Q.23, in hertz: the rows and the columns of the keypad. */
const ROWS = [697, 770, 852, 941] as const;
const COLUMNS = [1_209, 1_336, 1_477, 1_633] as const;
const KEYPAD = ['123A', '456B', '789C', '*0#D'] as const;

const RATE = 8_000;
/** The level of the loudest sine that 16 bits hold, in dBm0 (ITU-T G.711, A-law). */
const FULL_SCALE_DBM0 = 3.14;

/** How the two tones of a key are made. */
export interface ToneShape {
  /** Levels in dBm0; default −9 and −7, as telephones have it. */
  readonly rowLevel?: number;
  readonly columnLevel?: number;
  /** How far the frequencies are off, as a share of them; default 0. */
  readonly rowError?: number;
  readonly columnError?: number;
  /** Where in its turn each tone begins, 0–1; default 0. */
  readonly phase?: number;
}

/** A level in dBm0 as the amplitude of a sine in 16-bit samples. */
export function amplitudeOf(dBm0: number): number {
  return 32_768 * 10 ** ((dBm0 - FULL_SCALE_DBM0) / 20);
}

/**
 * The tones of a key for so many milliseconds, as 16-bit samples at 8 kHz. Throws a RangeError for what is no key
 * (`0`–`9`, `*`, `#`, `A`–`D`).
 */
export function keyTones(key: string, milliseconds: number, shape: ToneShape = {}): Int16Array {
  const row = KEYPAD.findIndex((keys) => key.length === 1 && keys.includes(key));
  const rowFrequency = ROWS[row];
  const columnFrequency = COLUMNS[KEYPAD[row]?.indexOf(key) ?? -1];
  if (rowFrequency === undefined || columnFrequency === undefined) {
    throw new RangeError(`"${key}" is not a key of the keypad`);
  }
  const { rowLevel = -9, columnLevel = -7, rowError = 0, columnError = 0, phase = 0 } = shape;
  const tones = [
    { amplitude: amplitudeOf(rowLevel), turns: (rowFrequency * (1 + rowError)) / RATE },
    { amplitude: amplitudeOf(columnLevel), turns: (columnFrequency * (1 + columnError)) / RATE },
  ];
  return Int16Array.from({ length: Math.round((milliseconds * RATE) / 1_000) }, (_, at) => {
    const sum = tones.reduce(
      (level, { amplitude, turns }) => level + amplitude * Math.sin(2 * Math.PI * (turns * at + phase)),
      0,
    );
    return Math.max(-32_768, Math.min(32_767, Math.round(sum)));
  });
}
