/** Part of a longer list. */
export interface Page<T, Position> {
  readonly items: readonly T[];
  /** Where the next part begins: to be handed back as it is. Undefined when there is none. */
  readonly next: Position | undefined;
}

/** Which part of a list is asked for. */
export interface PageRequest<Position> {
  /** What the part before ended with; the beginning when not given. */
  readonly after?: Position | undefined;
  /** The most that it may have, 1 and more. */
  readonly limit: number;
}
