import type { Block, Fact, LetterContent } from './letter-content.ts';
import type { PolicyText } from './policy-text.ts';
import { wordWrap } from './word-wrap.ts';

/** A table as lines: the labels in one column, the values in the next. */
function factsText(facts: readonly Fact[]): string {
  const width = Math.max(...facts.map(({ label }) => label.length)) + 3;
  return facts
    .flatMap(({ label, values }) =>
      values.map((value, index) => `    ${(index === 0 ? `${label}:` : '').padEnd(width)}${value}`),
    )
    .join('\n');
}

function blockText(block: Block, policy: PolicyText | undefined): string | undefined {
  switch (block.kind) {
    case 'paragraph':
    case 'small-print':
      return wordWrap(block.text);
    case 'link':
      // The address is not wrapped: it has to stay one.
      return `${block.text}\n${block.url}`;
    case 'facts':
      return factsText(block.facts);
    case 'policy-text':
      return policy?.text;
  }
}

/** The text part of a letter, lines ended by LF. */
export function renderText({ title, blocks }: LetterContent, policy: PolicyText | undefined): string {
  const parts = [title, ...blocks.map((block) => blockText(block, policy))];
  return `${parts.filter((part) => part !== undefined).join('\n\n')}\n`;
}
