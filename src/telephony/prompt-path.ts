import type { Audio, Pause } from '../conversation/line.ts';

/**
 * What may not stand in a path that is sent to a media server: control characters would end the command, `!` separates
 * the files of a list, `@@` begins an offset, and `$`, braces, brackets, quotes and backslashes are interpreted.
 */
const FORBIDDEN = /[!$[\]{}'"\\|]|@@|:\/\/|\p{Cc}/u;

/**
 * Checks the folder of prompts as media servers see it. Returns it without a slash at its end.
 * Throws a RangeError when it is not absolute or cannot be part of a command.
 */
export function checkPromptsDir(folder: string): string {
  if (!folder.startsWith('/') || FORBIDDEN.test(folder)) {
    throw new RangeError('The folder of prompts must be an absolute path without any of ! $ [ ] { } \' " \\ | @@ ://');
  }
  return folder.replace(/\/+$/, '');
}

/**
 * What a media server plays for a piece of audio: a path, or a stream of silence. Throws a RangeError for a path that
 * leaves the folder or cannot be part of a command, and for a pause outside its range.
 */
export function pathOf(promptsDir: string, piece: Audio): string {
  if (!('file' in piece)) return silenceOf(piece);
  const { file } = piece;
  if (file === '' || file.startsWith('/') || FORBIDDEN.test(file) || file.split('/').includes('..')) {
    throw new RangeError('A prompt has a path that cannot be played');
  }
  return `${promptsDir}/${file}`;
}

function silenceOf({ milliseconds }: Pause): string {
  if (!Number.isInteger(milliseconds) || milliseconds < 20 || milliseconds > 5_000) {
    throw new RangeError('A pause is a whole number of milliseconds from 20 to 5000');
  }
  return `silence_stream://${milliseconds}`;
}
