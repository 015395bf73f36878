/** How the value of a fact is to be read: as words, as something to be keyed, or as a telephone number to be called. */
export type FactStyle = 'words' | 'digits' | 'number' | 'pin';

/** A line of the table that a letter is looked at for. */
export interface Fact {
  readonly label: string;
  /** One below the other. */
  readonly values: readonly string[];
  readonly style: FactStyle;
}

/** A part of a letter, in plain text that the renderers escape. */
export type Block =
  | { readonly kind: 'paragraph'; readonly text: string }
  /** Something to be opened: in a page a button, in text its address on a line of its own. */
  | { readonly kind: 'link'; readonly text: string; readonly url: string }
  | { readonly kind: 'facts'; readonly facts: readonly Fact[] }
  /** Where the policy's own text goes; nothing when it has none. */
  | { readonly kind: 'policy-text' }
  | { readonly kind: 'small-print'; readonly text: string };

/** A letter in words, from which its text part and its HTML part are made alike. */
export interface LetterContent {
  /** Never with a PIN: subjects are shown on locked screens and kept in the logs of mail servers. */
  readonly subject: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}
