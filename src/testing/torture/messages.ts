import { readFileSync } from 'node:fs';

/** A message of RFC 4475. */
export interface TortureMessage {
  /** "3.1.1.1". */
  readonly section: string;
  /** "wsinv". */
  readonly name: string;
  readonly bytes: Buffer;
}

/** Reads every message, in the order of the RFC. */
export function readTortureMessages(): readonly TortureMessage[] {
  const text = readFileSync(new URL('rfc4475.txt', import.meta.url), 'latin1');
  return text
    .split(/^== /m)
    .slice(1)
    .map((part) => {
      const [title = '', ...lines] = part.slice(0, -1).split('\n');
      const [section = '', name = ''] = title.split(' ');
      return { section, name, bytes: Buffer.from(withoutEscapes(lines.join('\r\n')), 'latin1') };
    });
}

function withoutEscapes(text: string): string {
  return text.replace(/\\(?:x([0-9a-f]{2})|\\)/g, (_, code: string | undefined) =>
    code === undefined ? '\\' : String.fromCharCode(Number.parseInt(code, 16)),
  );
}
