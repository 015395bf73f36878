import { readFileSync } from 'node:fs';
import { errorCode } from './domain/error-code.ts';

/**
 * Secrets in files of their own, as containers are handed them: a setting `…_FILE` names the file, and its text takes its
 * place in the setting that the secret belongs to. That setting is read afterwards as if it had been written there.
 */

/** Puts a secret into the text of a setting; answers a sentence instead when that text cannot take it. */
type Insertion = (text: string, secret: string) => { readonly text: string } | { readonly problem: string };

interface SecretFile {
  readonly file: string;
  /** The setting that the secret is a part of. */
  readonly of: string;
  readonly insert: Insertion;
}

const MOST_CHARACTERS = 1_000;

function withPassword(text: string, secret: string): string | undefined {
  // What is not a URL breaks the rule of its setting, which says so better.
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  if (url.password !== '') return undefined;
  url.password = encodeURIComponent(secret);
  return url.href;
}

/** Into each of comma-separated URLs. */
function intoUrls(setting: string, file: string): Insertion {
  return (text, secret) => {
    const urls = text.split(',').map((url) => withPassword(url.trim(), secret));
    if (urls.includes(undefined))
      return { problem: `${setting} has a secret already; leave it out, or unset ${file}.` };
    return { text: urls.join(',') };
  };
}

function intoSmtpUrl(text: string, secret: string): ReturnType<Insertion> {
  if (URL.canParse(text) && new URL(text).username === '') {
    return { problem: 'SMTP_PASSWORD_FILE is the password of a user; name that user: smtp://USER@HOST.' };
  }
  return intoUrls('SMTP_URL', 'SMTP_PASSWORD_FILE')(text, secret);
}

const SECRET_FILES: readonly SecretFile[] = [
  {
    file: 'DRACHTIO_SECRET_FILE',
    of: 'DRACHTIO_URL',
    insert: intoUrls('DRACHTIO_URL', 'DRACHTIO_SECRET_FILE'),
  },
  {
    file: 'FREESWITCH_PASSWORD_FILE',
    of: 'FREESWITCH_URLS',
    insert: intoUrls('FREESWITCH_URLS', 'FREESWITCH_PASSWORD_FILE'),
  },
  { file: 'SMTP_PASSWORD_FILE', of: 'SMTP_URL', insert: intoSmtpUrl },
];

/** The secret in a file: one line of visible ASCII characters. Answers a sentence instead when there is none. */
function readSecret(setting: string, file: string): { readonly secret: string } | { readonly problem: string } {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return { problem: `${setting} must name a file that can be read (${errorCode(error) ?? 'unreadable'}).` };
  }
  const secret = text.replace(/\r?\n$/, '');
  if (secret.length > MOST_CHARACTERS || !/^[!-~]+$/.test(secret)) {
    return {
      problem: `${setting} must name a file with one line of 1 to ${MOST_CHARACTERS} visible ASCII characters.`,
    };
  }
  return { secret };
}

/**
 * Answers the environment with the secrets put in that `…_FILE` settings name; sentences about those that cannot be used
 * are added to `problems`, and none of them tells a secret.
 */
export function insertSecrets(
  environment: Readonly<Record<string, string | undefined>>,
  problems: string[],
): Readonly<Record<string, string | undefined>> {
  const result = { ...environment };
  for (const { file, of, insert } of SECRET_FILES) {
    const path = environment[file];
    if (path === undefined) continue;
    const text = environment[of];
    const read =
      text === undefined ? { problem: `${file} has the secret of ${of}; set that, too.` } : readSecret(file, path);
    const outcome = 'problem' in read ? read : insert(text ?? '', read.secret);
    if ('problem' in outcome) problems.push(outcome.problem);
    else result[of] = outcome.text;
  }
  return result;
}
