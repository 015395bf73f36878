/** `npm run prompts`: makes the prompts that changed, then verifies all of them. README.md in `prompts/` describes its use. */
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { PhraseBook } from './phrase-book.ts';
import { fingerprintOf, parsePhraseBook, printPhraseBook } from './phrase-book.ts';
import { replaceFile, synthesise } from './synthesis.ts';
import { verifyPack } from './verify.ts';

const USAGE = `Usage: npm run prompts [-- options]
  (none)         make the prompts that changed or are missing, then verify all
  --all          make every synthesised prompt again, then verify all
  --verify       only verify; needs no synthesiser
  --pack <path>  the folder with phrases.json (default: prompts/en-US)`;

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** Makes what is out of date and answers with the book as it is then. Saved after each file, so an interruption loses nothing. */
async function regenerate(folder: string, book: PhraseBook, all: boolean): Promise<void> {
  let current = book;
  const made = new Set<string>();
  for (const [id, phrase] of Object.entries(book.phrases)) {
    if (phrase.recorded !== undefined) continue;
    const fingerprint = fingerprintOf(phrase, book.voice);
    const fresh = phrase.fingerprint === fingerprint && (await exists(path.join(folder, phrase.file)));
    if (fresh && !all) continue;
    if (!made.has(phrase.file)) {
      await synthesise(phrase, book.voice, folder);
      made.add(phrase.file);
      console.log(`made ${phrase.file}: ${phrase.speech ?? phrase.text}`);
    }
    current = { ...current, phrases: { ...current.phrases, [id]: { ...phrase, fingerprint } } };
    await replaceFile(path.join(folder, 'phrases.json'), printPhraseBook(current));
  }
  console.log(made.size === 0 ? 'Every prompt is up to date.' : `${made.size} prompts made.`);
}

async function load(folder: string): Promise<PhraseBook> {
  return parsePhraseBook(await readFile(path.join(folder, 'phrases.json'), 'utf8'));
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      all: { type: 'boolean', default: false },
      verify: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      pack: { type: 'string', default: path.join(import.meta.dirname, '../../prompts/en-US') },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  if (!values.verify) await regenerate(values.pack, await load(values.pack), values.all);
  const book = await load(values.pack);
  const violations = await verifyPack(values.pack, book);
  for (const { subject, rule, detail } of violations) console.error(`${subject}: ${rule}: ${detail}`);
  const total = new Set(Object.values(book.phrases).map((phrase) => phrase.file)).size;
  console.log(violations.length === 0 ? `All ${total} files are good.` : `${violations.length} violations.`);
  return violations.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
