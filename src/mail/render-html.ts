import { escapeHtml } from './escape-html.ts';
import type { Block, Fact, FactStyle, LetterContent } from './letter-content.ts';
import type { PolicyText } from './policy-text.ts';

/**
 * Colours for a light background are in the elements, for mail programs that drop style sheets; those for a dark one
 * are in the sheet, for whoever asks for it. Each text has a contrast of 4.5 and more (WCAG 2.2 §1.4.3) in both.
 */
const STYLE_SHEET = `
:root { color-scheme: light dark; supported-color-schemes: light dark; }
a { color: #0b57d0; }
.card > :last-child { margin-bottom: 0 !important; }
.policy p, .policy ul, .policy ol { margin: 0 0 12px; }
.policy > :last-child { margin-bottom: 0; }
@media (max-width: 480px) {
  .page { padding: 0 !important; }
  .card { border-left: 0 !important; border-right: 0 !important; border-radius: 0 !important; padding: 24px 20px !important; }
  .label, .value { display: block !important; width: auto !important; padding-left: 20px !important; padding-right: 20px !important; }
  .label { padding-bottom: 0 !important; }
  .value { padding-top: 2px !important; }
}
@media (prefers-color-scheme: dark) {
  body, .page { background: #16181b !important; }
  .card { background: #212428 !important; border-color: #3a3f45 !important; color: #e6e8ea !important; }
  .title, .value { color: #ffffff !important; }
  .label, .small { color: #b3b9c0 !important; }
  .facts { background: #2b2f34 !important; }
  .policy { border-color: #5b636b !important; }
  a { color: #8ab4f8 !important; }
  a.button { color: #ffffff !important; }
}
`;

const FONT = `font-family:'Segoe UI',Roboto,Helvetica,Arial,sans-serif`;
const MONOSPACE = `font-family:Consolas,Menlo,'Liberation Mono',monospace`;

const VALUE_STYLES: Readonly<Record<FactStyle, string>> = {
  words: 'font-size:16px',
  number: 'font-size:18px',
  digits: `font-size:18px;${MONOSPACE}`,
  // Up to 24 digits: a long one takes two lines on a phone rather than widen the page.
  pin: `font-size:24px;line-height:1.3;font-weight:bold;letter-spacing:2px;word-break:break-all;${MONOSPACE}`,
};

/** A number in the international form can be called from anywhere, so it is a link; an internal one cannot. */
function valueHtml(value: string, style: FactStyle): string {
  const shown = escapeHtml(value);
  return style === 'number' && /^\+\d+$/.test(value) ? `<a href="tel:${shown}">${shown}</a>` : shown;
}

function factHtml({ label, values, style }: Fact): string {
  return `<tr>
<th class="label" scope="row" style="width:30%;padding:8px 12px 8px 20px;text-align:start;vertical-align:baseline;font-weight:normal;font-size:14px;color:#555b61">${escapeHtml(label)}</th>
<td class="value" style="padding:8px 20px 8px 12px;vertical-align:baseline;color:#16181b;${VALUE_STYLES[style]}">${values.map((value) => valueHtml(value, style)).join('<br>')}</td>
</tr>`;
}

function blockHtml(block: Block, policy: PolicyText | undefined): string | undefined {
  switch (block.kind) {
    case 'paragraph':
      return `<p style="margin:0 0 16px">${escapeHtml(block.text)}</p>`;
    case 'link':
      return `<p style="margin:24px 0"><a class="button" href="${escapeHtml(block.url)}" style="display:inline-block;padding:10px 24px;border-radius:6px;background:#0b57d0;color:#ffffff;font-weight:600;text-decoration:none">${escapeHtml(block.text)}</a></p>
<p class="small" style="margin:0 0 16px;font-size:13px;line-height:1.5;color:#555b61;word-break:break-all">${escapeHtml(block.url)}</p>`;
    case 'facts':
      return `<table class="facts" style="width:100%;margin:24px 0;padding:8px 0;border-collapse:separate;border-spacing:0;border-radius:8px;background:#f1f3f5">
${block.facts.map(factHtml).join('\n')}
</table>`;
    case 'policy-text':
      return (
        policy &&
        `<div class="policy" style="margin:0 0 24px;padding:0 0 0 16px;border-left:3px solid #c3c9cf">${policy.html}</div>`
      );
    case 'small-print':
      return `<p class="small" style="margin:0;font-size:13px;line-height:1.5;color:#555b61">${escapeHtml(block.text)}</p>`;
  }
}

/**
 * The HTML part of a letter: a page that fetches nothing, reads in one column at any width, in light and in dark, and
 * says what {@link renderText} says.
 */
export function renderHtml(
  { subject, title, blocks }: LetterContent,
  policy: PolicyText | undefined,
  { language, direction }: { readonly language: string; readonly direction: 'ltr' | 'rtl' },
): string {
  const parts = blocks.map((block) => blockHtml(block, policy)).filter((part) => part !== undefined);
  return `<!DOCTYPE html>
<html lang="${escapeHtml(language)}" dir="${direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
<title>${escapeHtml(subject)}</title>
<style>${STYLE_SHEET}</style>
</head>
<body style="margin:0;padding:0;background:#eceff1">
<div class="page" lang="${escapeHtml(language)}" dir="${direction}" style="padding:24px 12px;background:#eceff1">
<table role="presentation" align="center" style="width:100%;max-width:560px;margin:0 auto;border-collapse:separate;border-spacing:0">
<tr><td class="card" style="padding:32px;background:#ffffff;border:1px solid #dde1e5;border-radius:12px;${FONT};font-size:16px;line-height:1.5;color:#2a2e32">
<h1 class="title" style="margin:0 0 20px;font-size:24px;line-height:1.25;font-weight:600;color:#16181b">${escapeHtml(title)}</h1>
${parts.join('\n')}
</td></tr>
</table>
</div>
</body>
</html>
`;
}
