import type { WelcomeLetter } from '../services/ports/welcome-mail.ts';
import type { Mail } from './compose.ts';
import { escapeHtml } from './html.ts';

/** "5000", "5000 or 5001", "5000, 5001 or 5002". */
function oneOf(numbers: readonly string[]): string {
  const [last = '', ...before] = [...numbers].reverse();
  return before.length === 0 ? last : `${before.reverse().join(', ')} or ${last}`;
}

function textOf({ displayName, extension, accessNumbers, pin }: WelcomeLetter): string {
  return `Hello ${displayName},

you can now reach your mailbox by telephone.

    Call:            ${oneOf(accessNumbers)}
    Your extension:  ${extension}
    Your PIN:        ${pin}

When the call is answered, key in your extension, then your PIN and the pound key (#).
Use the keys of the telephone: a PIN is never spoken.

Keep the PIN to yourself. Nobody, not even an administrator, will ask you for it, and
it is stored nowhere in a form that could be read again; delete this message once you
know it by heart.
`;
}

function row(label: string, value: string): string {
  return `<tr><th scope="row" style="text-align:left;padding:4px 24px 4px 0;font-weight:normal;color:#555">${label}</th><td style="padding:4px 0;font-size:20px;font-family:Consolas,Menlo,monospace">${escapeHtml(value)}</td></tr>`;
}

function htmlOf({ displayName, extension, accessNumbers, pin }: WelcomeLetter): string {
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Your mailbox by telephone</title></head>
<body style="font-family:Segoe UI,Helvetica,Arial,sans-serif;font-size:15px;line-height:1.5;color:#222;max-width:560px">
<p>Hello ${escapeHtml(displayName)},</p>
<p>you can now reach your mailbox by telephone.</p>
<table role="presentation" style="border-collapse:collapse;margin:16px 0">
${row('Call', oneOf(accessNumbers))}
${row('Your extension', extension)}
${row('Your PIN', pin)}
</table>
<p>When the call is answered, key in your extension, then your PIN and the pound key (#).
Use the keys of the telephone: a PIN is never spoken.</p>
<p>Keep the PIN to yourself. Nobody, not even an administrator, will ask you for it, and it is stored nowhere in a form
that could be read again; delete this message once you know it by heart.</p>
</body>
</html>
`;
}

/** The letter that welcomes a user (SPEC §5): extension, access numbers and PIN. */
export function welcomeLetter(letter: WelcomeLetter): Mail {
  return {
    id: `welcome.${letter.mailboxId}`,
    to: { name: letter.displayName, address: letter.address },
    subject: 'Your mailbox by telephone: extension and PIN',
    text: textOf(letter),
    html: htmlOf(letter),
  };
}
