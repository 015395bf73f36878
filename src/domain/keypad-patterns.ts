/**
 * Shapes drawn on a telephone keypad. The PIN rules refuse a PIN that is wholly made of them (SPEC §2), for drawing is
 * how people remember a PIN, and therefore how others guess it.
 *
 *     1 2 3
 *     4 5 6
 *     7 8 9
 *       0
 */
const ROWS = ['123', '456', '789'] as const;

/** Every straight line of three or more neighbouring keys; the other direction is added below. */
const LINES = [...ROWS, '147', '258', '369', '2580', '580', '159', '357'] as const;

const reversed = (text: string): string => [...text].reverse().join('');

const STROKES: readonly string[] = LINES.flatMap((line) => [line, reversed(line)]);

/** The four corners of a box: two keys each of two rows, in the same two columns. */
function boxCorners(): string[] {
  const pairs = [
    [0, 1],
    [0, 2],
    [1, 2],
  ] as const;
  return pairs.flatMap(([top, bottom]) =>
    pairs.map(([left, right]) => [ROWS[top][left], ROWS[top][right], ROWS[bottom][left], ROWS[bottom][right]].join('')),
  );
}

/** The keys around each box that has more keys than its corners, in order, beginning at the upper left. */
const OUTLINES = ['123654', '456987', '125874', '236985', '12369874'] as const;

const sorted = (text: string): string => [...text].sort().join('');

const BOXES: ReadonlySet<string> = new Set(boxCorners().map(sorted));

/** Every way once around an outline: from any key, either way round. */
const ROUNDS: readonly string[] = OUTLINES.flatMap((outline) =>
  [outline, reversed(outline)].flatMap((way) => [...way].map((_, start) => way.slice(start) + way.slice(0, start))),
);

/** Where the shapes that start at index `from` end, as indexes just after their last key. */
function shapeEnds(pin: string, from: number): number[] {
  const ends = [...STROKES, ...ROUNDS]
    .filter((shape) => pin.startsWith(shape, from))
    .map((shape) => from + shape.length);
  if (BOXES.has(sorted(pin.slice(from, from + 4)))) ends.push(from + 4);
  return ends;
}

/** Where the lines end that start on the key just before index `from`: the pen turned there without being lifted. */
function turnEnds(pin: string, from: number): number[] {
  if (from === 0) return [];
  return STROKES.filter((stroke) => pin.startsWith(stroke, from - 1)).map((stroke) => from - 1 + stroke.length);
}

/**
 * Tells whether a PIN is wholly drawn on the keypad: straight lines of at least three neighbouring keys (2580), the
 * four corners of a box in any order (1379), or once around one (12369874), one after the other (147258). A line may
 * start on the key where the shape before it ended, which then is keyed once (14789).
 */
export function isKeypadPattern(pin: string): boolean {
  const reached = new Set<number>([0]);
  for (let at = 0; at < pin.length; at++) {
    if (!reached.has(at)) continue;
    for (const end of [...shapeEnds(pin, at), ...turnEnds(pin, at)]) reached.add(end);
  }
  return pin.length > 0 && reached.has(pin.length);
}
