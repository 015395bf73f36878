import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CMDLETS } from './cmdlets/cmdlets.ts';
import { parametersOf } from './common-parameters.ts';
import { UsageFailure } from './failure.ts';
import { type BoundParameters, type Parameter, pinOf } from './parameter.ts';
import { bindParameters } from './parameter-binder.ts';

const cmdlet = (name: string): readonly Parameter[] => {
  const found = CMDLETS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`There is no ${name}`);
  return parametersOf(found);
};

const SET_PIN = cmdlet('Set-UMMailboxPIN');
const SET_PLAN = cmdlet('Set-UMDialPlan');

function bound(tokens: readonly string[], parameters = SET_PIN): BoundParameters {
  const binding = bindParameters(tokens, parameters);
  if (binding.kind !== 'bound') throw new Error('It asks for help');
  return binding.parameters;
}

const plain = (parameters: BoundParameters) =>
  Object.fromEntries(
    [...parameters.keys()].map((name) => {
      const pin = pinOf(parameters, name);
      return [name, pin?.kind === 'given' ? `PIN ${pin.pin.reveal()}` : (pin?.kind ?? parameters.get(name))];
    }),
  );

function refusal(tokens: readonly string[], parameters = SET_PIN): string {
  try {
    bindParameters(tokens, parameters);
  } catch (error) {
    if (error instanceof UsageFailure) return error.message;
    throw error;
  }
  throw new Error('It was not refused');
}

const TONY = 'tonysmith@contoso.com';

describe('a command line', () => {
  it.each<[string, readonly string[], Readonly<Record<string, unknown>>]>([
    [
      'as the page of Microsoft has it, quoted',
      ['-Identity', TONY, '-PIN', '1985848', '-PinExpired', '$true'],
      { Identity: TONY, Pin: 'PIN 1985848', PinExpired: true },
    ],
    [
      'as the page of Microsoft has it, when the shell took $true away',
      ['-Identity', TONY, '-PIN', '1985848', '-PinExpired'],
      { Identity: TONY, Pin: 'PIN 1985848', PinExpired: true },
    ],
    ['in any case', ['-IDENTITY', TONY, '-pinexpired', 'TRUE'], { Identity: TONY, PinExpired: true }],
    ['abbreviated', ['-i', TONY, '-l', '$False', '-sen', '0'], { Identity: TONY, LockedOut: false, SendEmail: false }],
    ['with colons', [`-Identity:${TONY}`, '-PinExpired:$false'], { Identity: TONY, PinExpired: false }],
    ['with a colon and a blank', ['-Identity:', TONY], { Identity: TONY }],
    ['with the identity alone', [TONY], { Identity: TONY }],
    ['with the identity behind the rest', ['-PinExpired', 'false', TONY], { Identity: TONY, PinExpired: false }],
    ['an exact name before those it begins', ['51234', '-Pin', '2718'], { Identity: '51234', Pin: 'PIN 2718' }],
    ['with a PIN to be asked for', ['51234', '-Pin'], { Identity: '51234', Pin: 'asked' }],
    ['with a PIN from standard input', ['51234', '-Pin', '-'], { Identity: '51234', Pin: 'standard-input' }],
    ['with switches', ['51234', '-WhatIf', '-Confirm:$false'], { Identity: '51234', WhatIf: true, Confirm: false }],
    ['with short names of switches', ['51234', '-wi', '-cf'], { Identity: '51234', WhatIf: true, Confirm: true }],
    ['with the dashes of a word processor', ['–Identity', TONY, '—WhatIf'], { Identity: TONY, WhatIf: true }],
    ['with a value that looks like a name', ['--', '-odd'], { Identity: '-odd' }],
    ['with a number below 0', ['-Identity', '-5'], { Identity: '-5' }],
    ['with a colon in the value', ['-Identity:a:b'], { Identity: 'a:b' }],
  ])('is read %s', (_, tokens, expected) => {
    expect(plain(bound(tokens))).toEqual(expected);
  });

  it.each<[string, readonly string[], readonly string[]]>([
    ['in one word', ['5000,5001'], ['5000', '5001']],
    ['cut by the shell behind the comma', ['5000,', '5001'], ['5000', '5001']],
    ['cut by the shell before the comma', ['5000', ',5001'], ['5000', '5001']],
    ['with blanks around the comma', ['5000', ',', '5001'], ['5000', '5001']],
    ['of one', ['5000'], ['5000']],
    ['that is empty', ['$null'], []],
  ])('has a list %s', (_, words, expected) => {
    const parameters = bound(['Contoso', '-AccessTelephoneNumbers', ...words, '-Name', 'X'], SET_PLAN);
    expect(parameters.get('AccessTelephoneNumbers')).toEqual(expected);
  });

  it.each([['-?'], ['-Help'], ['--help']])('asks for help by %s', (word) => {
    expect(bindParameters(['-Identity', TONY, word, '-nonsense'], SET_PIN)).toEqual({ kind: 'help' });
  });

  it.each<[readonly string[], string]>([
    [[TONY, '-PI', 'x'], '-PI can mean -Pin, -PinExpired. Write more of it.'],
    [[TONY, '-Nonsense'], 'There is no parameter -Nonsense here'],
    [[TONY, '-Identity', TONY, 'x'], 'a value without a parameter'],
    [['a', 'b'], 'Only -Identity can do without its own.'],
    [['-Identity', 'a', '-identity', 'b'], '-Identity is given more than once.'],
    [[], '-Identity must be given'],
    [['-Identity'], '-Identity needs a value behind it'],
    [[TONY, '--WhatIf'], 'one dash'],
    [[TONY, '-Confirm', '$false'], "'-Confirm:$false'"],
    [[TONY, '-OutputFormat', 'xml'], '-OutputFormat takes one of Json, Table, List.'],
    [[TONY, '-Pin', ''], 'what was given is empty'],
    [['-NotifyEmail', '$null', TONY], '-NotifyEmail takes a text.'],
  ])('%j is refused', (tokens, why) => {
    expect(refusal(tokens)).toContain(why);
  });
});

describe('a boolean that the shell took away', () => {
  const QUOTING = "'$true' or '$false' in single quotes";

  it.each<readonly [string, ...string[]]>([
    ['-LockedOut'],
    ['-LockedOut:'],
    ['-LockedOut', ''],
    ['-LockedOut', '-PinExpired'],
    ['-LockedOut:', '-Pin', '2718281'],
    ['-LockedOut', '--'],
    ['-LockedOut', 'yes'],
    ['-LockedOut', TONY],
    ['-SendEmail', '-Pin', '2718281'],
    ['-SendEmail:'],
    ['-Confirm:'],
    ['-WhatIf:'],
    ['-PinExpired', ''],
    ['-PinExpired', 'perhaps'],
  ])('is refused with a word on quoting: %s %s', (...tokens) => {
    expect(refusal(['-Identity', '51234', ...tokens])).toContain(QUOTING);
  });

  it('is true where that is the careful reading', () => {
    for (const word of ['-PinExpired', '-PinExpired:']) {
      expect(bound(['-Identity', TONY, word]).get('PinExpired')).toBe(true);
      expect(bound(['-Identity', TONY, word, '-WhatIf']).get('PinExpired')).toBe(true);
    }
  });

  it('never locks anybody, wherever it stood', () => {
    const others = fc.shuffledSubarray([
      ['-PinExpired'],
      ['-SendEmail', '$true'],
      ['-Pin', '2718281'],
      ['-WhatIf'],
      ['-NotifyEmail', 'a@b.example'],
    ]);
    fc.assert(
      fc.property(
        others,
        others,
        fc.constantFrom('-LockedOut', '-lock', '-LOCKEDOUT:', '-l:'),
        (before, after, word) => {
          const tokens = ['-Identity', TONY, ...before.flat(), word, ...after.flat()];
          expect(() => bindParameters(tokens, SET_PIN)).toThrow(UsageFailure);
        },
      ),
    );
  });
});

describe('every cmdlet', () => {
  const named = fc
    .constantFrom(...CMDLETS)
    .chain((one) => fc.constantFrom(...parametersOf(one)).map((parameter) => ({ one, parameter })));
  const casing = (name: string) =>
    fc
      .array(fc.boolean(), { minLength: name.length, maxLength: name.length })
      .map((upper) =>
        [...name].map((letter, at) => (upper[at] ? letter.toUpperCase() : letter.toLowerCase())).join(''),
      );

  it('has names that are not taken twice', () => {
    for (const one of CMDLETS) {
      const names = parametersOf(one).flatMap(({ name, aliases = [] }) =>
        [name, ...aliases].map((each) => each.toLowerCase()),
      );
      expect(new Set(names).size).toBe(names.length);
      expect(parametersOf(one).filter(({ positional }) => positional).length).toBeLessThanOrEqual(1);
    }
  });

  it('takes its parameters in any case, with a blank or a colon, to the same end', () => {
    const sampleOf = ({ kind }: Parameter): string =>
      typeof kind === 'object' ? (kind.oneOf[0] ?? '') : /moment/.test(kind) ? '2026-11-27' : '1';
    fc.assert(
      fc.property(
        named
          .filter(({ parameter }) => parameter.kind !== 'switch')
          .chain(({ one, parameter }) => fc.tuple(fc.constant({ one, parameter }), casing(parameter.name))),
        ([{ one, parameter }, name]) => {
          const all = parametersOf(one).map(({ required: _, ...rest }) => rest);
          const blank = bound([`-${name}`, sampleOf(parameter)], all);
          expect(plain(blank)).toEqual(plain(bound([`-${name}:${sampleOf(parameter)}`], all)));
          expect([...blank.keys()]).toEqual([parameter.name]);
        },
      ),
    );
  });

  it('knows a parameter by as much of its name as tells it from the others, and never takes it for another', () => {
    fc.assert(
      fc.property(named, fc.nat(), ({ one, parameter }, cut) => {
        const all = parametersOf(one).map(({ required: _, ...rest }) => rest);
        const part = parameter.name.slice(0, 1 + (cut % parameter.name.length));
        const others = all.filter((other) =>
          [other.name, ...(other.aliases ?? [])].some((name) => name.toLowerCase().startsWith(part.toLowerCase())),
        );
        const exact = all.find(({ name, aliases = [] }) =>
          [name, ...aliases].some((each) => each.toLowerCase() === part.toLowerCase()),
        );
        if (exact === undefined && others.length > 1) {
          const why = refusal([`-${part}`], all);
          for (const other of others) expect(why).toContain(`-${other.name}`);
        } else {
          expect(`${Object.keys(resultOf([`-${part}:1`], all))}`).toContain(exact?.name ?? parameter.name);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('repeats nothing that was typed when it refuses', () => {
    const pin = '8675302';
    const words = fc.array(
      fc.constantFrom(
        pin,
        `-${pin}`,
        `-Pin${pin}`,
        `-Pin:${pin}`,
        `-P:${pin}`,
        '-Pin',
        '-PinExpired',
        '-LockedOut',
        `-LockedOut:${pin}`,
        '-Identity',
        `-Nonsense:${pin}`,
        `--${pin}`,
        '-OutputFormat',
        '-WhatIf',
        '-Confirm',
        '-MinPINLength',
        '-Clock',
        '-StartDate',
        '-Cmdlets',
        '--',
      ),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(fc.constantFrom(...CMDLETS), words, (one, tokens) => {
        expect(messageOf(tokens, parametersOf(one))).not.toContain(pin);
      }),
      { numRuns: 2_000 },
    );
  });

  /** What was bound, or nothing when the value given is not one for that parameter. */
  function resultOf(tokens: readonly string[], all: readonly Parameter[]): Readonly<Record<string, unknown>> {
    try {
      return plain(bound(tokens, all));
    } catch (error) {
      // The refusal names the parameter that it took the word for.
      return { [String(error)]: true };
    }
  }

  function messageOf(tokens: readonly string[], all: readonly Parameter[]): string {
    try {
      bindParameters(tokens, all);
      return '';
    } catch (error) {
      return String(error);
    }
  }
});
