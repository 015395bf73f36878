import type { Catalogue } from './catalogue.ts';
import { EN_US } from './en-us.ts';

/** A language is added by writing its catalogue and naming it here. */
const CATALOGUES: readonly Catalogue[] = [EN_US];

const primaryOf = (language: string): string => language.toLowerCase().split('-', 1)[0] ?? '';

/** The catalogue of a language (BCP 47 tag), else one of the same language elsewhere, else American English. */
export function catalogueFor(language: string): Catalogue {
  const wanted = language.toLowerCase();
  return (
    CATALOGUES.find((catalogue) => catalogue.language.toLowerCase() === wanted) ??
    CATALOGUES.find((catalogue) => primaryOf(catalogue.language) === primaryOf(wanted)) ??
    EN_US
  );
}

/** The language that dates are written in: the user's own where the words are of that language, else that of the words. */
export function dateLanguageOf(language: string, catalogue: Catalogue): string {
  if (primaryOf(language) !== primaryOf(catalogue.language)) return catalogue.language;
  try {
    return Intl.getCanonicalLocales(language)[0] ?? catalogue.language;
  } catch {
    return catalogue.language;
  }
}
