import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policyText } from './policy-text.ts';

const htmlOf = (written: string): string | undefined => policyText(written)?.html;
const textOf = (written: string): string | undefined => policyText(written)?.text;

describe('the text of a policy', () => {
  it('keeps simple HTML', () => {
    const simple =
      '<p>One <b>b</b> <strong>s</strong> <i>i</i> <em>e</em> <u>u</u></p><ul><li>a</li></ul><ol><li>b</li></ol>';
    expect(htmlOf(simple)).toBe(simple);
    expect(htmlOf('one<br>two')).toBe('one<br />two');
  });

  it.each([
    ['<script>alert(1)</script>x', 'x'],
    ['<style>*{display:none}</style>x', 'x'],
    ['<img src="https://spy.example/x.gif" onerror="alert(1)">x', 'x'],
    ['<p onclick="x()" style="color:red" class="y" id="z">x</p>', '<p>x</p>'],
    ['<iframe src="https://spy.example"></iframe>x', 'x'],
    ['<svg><script>alert(1)</script></svg>x', 'x'],
    ['<form action="https://spy.example"><input name="pin">x</form>', 'x'],
    ['</div></td></table>x', 'x'],
    ['<b>x', '<b>x</b>'],
    ['<!-- comment --><!--[if mso]><b>y</b><![endif]-->x', 'x'],
    ['<a href="javascript:alert(1)">x</a>', '<a>x</a>'],
    ['<a href="java\nscript:alert(1)">x</a>', '<a>x</a>'],
    ['<a href="&#106;avascript:alert(1)">x</a>', '<a>x</a>'],
    ['<a href="data:text/html,x">x</a>', '<a>x</a>'],
    ['<a href="//spy.example">x</a>', '<a>x</a>'],
    ['<a href="/page">x</a>', '<a>x</a>'],
    ['<a href="HTTPS://help.example" target="_blank" onmouseover="y">x</a>', '<a href="HTTPS://help.example">x</a>'],
    ['<a href="mailto:help@contoso.com">x</a>', '<a href="mailto:help@contoso.com">x</a>'],
    ['<a href="tel:+14255550100">x</a>', '<a href="tel:+14255550100">x</a>'],
    ['5 < 6 & 7 > 6 "quoted"', '5 &lt; 6 &amp; 7 &gt; 6 "quoted"'],
  ])('makes of %j no more than is safe', (written, safe) => {
    expect(htmlOf(written)).toBe(safe);
  });

  it.each(['', '   ', '<p></p>', '<script>alert(1)</script>', '<br>', '<img src="x">'])(
    'is nothing when there is nothing to read: %j',
    (written) => {
      expect(policyText(written)).toBeUndefined();
    },
  );

  it('reads as text, with paragraphs, lists and links', () => {
    expect(textOf('<p>One.</p><p>Two &amp; <b>three</b>.<br>Four.</p>')).toBe('One.\n\nTwo & three.\nFour.');
    expect(textOf('<ul><li>a</li><li>b</li></ul>')).toBe('- a\n- b');
    expect(textOf('<ol><li>a</li><li>b</li></ol>')).toMatch(/^1\. a\n *2\. b$/);
    expect(textOf('See <a href="https://help.example/pin">the help</a>.')).toBe(
      'See the help <https://help.example/pin>.',
    );
    expect(textOf('<a href="https://help.example">https://help.example</a>')).toBe('https://help.example');
    expect(textOf('<a href="javascript:alert(1)">x</a>')).toBe('x');
  });

  it('has lines of no more than 76 characters, where words allow', () => {
    const lines = textOf('word '.repeat(80))?.split('\n') ?? [];
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(76);
  });

  it('has no element, attribute or scheme that is not simple, whatever is written', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '"',
      "'",
      '/',
      '=',
      ' ',
      '&',
      ';',
      'a',
      'p',
      'script',
      'href',
      'onload',
      'style',
      'svg',
      'javascript:',
      'https://x',
      '<!--',
      '-->',
      '<![CDATA[',
      '\0',
      '\n',
      'b',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const html = htmlOf(pieces.join('')) ?? '';
        for (const [element] of html.matchAll(/<[^>]*>/g)) {
          expect(element).toMatch(/^<\/?(?:p|b|strong|i|em|u|ul|ol|li|a)>$|^<br \/>$|^<a href="https?:\/\/[^"<>]*">$/i);
        }
      }),
    );
  });
});
