import { htmlToText } from 'html-to-text';
import sanitizeHtml from 'sanitize-html';
import { LINE_WIDTH } from './word-wrap.ts';

/** What an administrator added to a letter, in both of its parts. */
export interface PolicyText {
  /** Simple HTML that is safe to put into a page: known elements only, each of them closed. */
  readonly html: string;
  readonly text: string;
}

const SIMPLE_HTML: sanitizeHtml.IOptions = {
  allowedTags: ['p', 'br', 'b', 'strong', 'i', 'em', 'u', 'a', 'ul', 'ol', 'li'],
  allowedAttributes: { a: ['href'] },
  allowedSchemes: ['http', 'https', 'mailto', 'tel'],
  disallowedTagsMode: 'discard',
  nestingLimit: 12,
};

/** A link without a scheme has nothing to be relative to in a mail, so only its text is kept. */
const ABSOLUTE = /^(?:https?:\/\/|mailto:|tel:)/i;

function cleaned(html: string): string {
  return sanitizeHtml(html, {
    ...SIMPLE_HTML,
    transformTags: {
      a: (tagName, attributes) => ({
        tagName,
        attribs: ABSOLUTE.test(attributes.href ?? '') ? { href: attributes.href ?? '' } : {},
      }),
    },
  });
}

/** Links with their addresses behind them, lists with marks, paragraphs with a line between; addresses are not cut. */
function asText(html: string): string {
  return htmlToText(html, {
    wordwrap: LINE_WIDTH,
    selectors: [
      { selector: 'a', options: { hideLinkHrefIfSameAsText: true, linkBrackets: ['<', '>'] } },
      { selector: 'ul', options: { itemPrefix: '- ' } },
    ],
  });
}

/**
 * Cleans the simple HTML of a policy (SPEC §1) for the HTML part and turns it into text for the other; undefined when
 * nothing is left to be read.
 */
export function policyText(written: string): PolicyText | undefined {
  const html = cleaned(written).trim();
  const text = asText(html).trim();
  return text === '' ? undefined : { html, text };
}
