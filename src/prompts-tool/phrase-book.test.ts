import { describe, expect, test } from 'vitest';
import type { PhraseBook } from './phrase-book.ts';
import { fingerprintOf, parsePhraseBook, printPhraseBook } from './phrase-book.ts';

const book: PhraseBook = {
  language: 'en-US',
  voice: {
    name: 'somebody',
    engine: 'something',
    packages: 'something',
    licence: 'free',
    synthesise: 'say {speech} {output}',
    condition: 'convert {input} {output}',
  },
  phrases: {
    goodbye: { text: 'Goodbye.', file: 'goodbye.wav', fingerprint: '0123456789abcdef' },
    'digit-1': { text: 'one', file: 'digit-1.wav', speech: 'one, one.', keep: 'before-pause' },
    'digit-11': { text: 'eleven', file: 'digit-11.wav', keep: 'before-pause', beginsLike: 'digit-1 goodbye' },
    'spoken.by-hand': { text: 'Hello.', file: 'hello.wav', recorded: 'Hello.' },
  },
};

const withPhrase = (id: string, phrase: object): string => JSON.stringify({ ...book, phrases: { [id]: phrase } });

describe('phrases.json', () => {
  test('is read back as it was printed', () => {
    expect(parsePhraseBook(printPhraseBook(book))).toEqual(book);
  });

  test.each([
    ['no JSON', '{', /JSON/],
    ['a list', '[]', /phrases.json is not an object/],
    ['no voice', JSON.stringify({ ...book, voice: undefined }), /voice is not an object/],
    ['half a voice', JSON.stringify({ ...book, voice: { ...book.voice, condition: '' } }), /voice.condition/],
    ['no text', withPhrase('a', { file: 'a.wav' }), /a\.text/],
    ['an id with a capital letter', withPhrase('Goodbye', { text: 'a', file: 'a.wav' }), /"Goodbye"/],
    ['a file in another folder', withPhrase('a', { text: 'a', file: '../a.wav' }), /a\.file/],
    ['a file name with a space', withPhrase('a', { text: 'a', file: 'a b.wav' }), /a\.file/],
    ['an unknown field', withPhrase('a', { text: 'a', file: 'a.wav', fil: 1 }), /unknown field "fil"/],
    ['an unknown part', withPhrase('a', { text: 'a', file: 'a.wav', keep: 'some' }), /a\.keep/],
    [
      'a sentence that may begin like another',
      withPhrase('a', { text: 'a', file: 'a.wav', beginsLike: 'a' }),
      /parts of/,
    ],
    [
      'a likeness to nothing',
      withPhrase('a', { text: 'a', file: 'a.wav', keep: 'before-pause', beginsLike: 'a b' }),
      /a\.beginsLike names "b"/,
    ],
  ])('%s is refused, and the message says what is wrong', (_, json, message) => {
    expect(() => parsePhraseBook(json)).toThrow(message);
  });
});

describe('a fingerprint', () => {
  const phrase = { text: 'Hello.', file: 'hello.wav' };
  const usual = fingerprintOf(phrase, book.voice);

  test('changes with what the audio depends on', () => {
    const others = [
      fingerprintOf({ ...phrase, text: 'Hello!' }, book.voice),
      fingerprintOf({ ...phrase, speech: 'Hallo.' }, book.voice),
      fingerprintOf({ ...phrase, keep: 'before-pause' }, book.voice),
      fingerprintOf(phrase, { ...book.voice, synthesise: 'speak {speech} {output}' }),
      fingerprintOf(phrase, { ...book.voice, condition: 'filter {input} {output}' }),
    ];
    expect(new Set([usual, ...others]).size).toBe(6);
  });

  test('does not change with what the audio does not depend on', () => {
    expect(fingerprintOf({ ...phrase, file: 'other.wav', fingerprint: 'x' }, book.voice)).toBe(usual);
    expect(fingerprintOf({ ...phrase, text: 'Hello there.', speech: 'Hello.' }, book.voice)).toBe(usual);
  });
});
