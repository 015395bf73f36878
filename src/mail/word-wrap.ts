/** How long a line of a text part gets, in characters (RFC 5322 §2.1.1 asks for no more than 78). */
export const LINE_WIDTH = 76;

/** Breaks a paragraph at its blanks into lines of at most {@link LINE_WIDTH}; a longer word has a line of its own. */
export function wordWrap(paragraph: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of paragraph.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length > LINE_WIDTH && line !== '') {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line].join('\n');
}
