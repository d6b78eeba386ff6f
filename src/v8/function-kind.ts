/** FunctionKind (V8's src/objects/function-kind.h): five bits of the flags of a ScopeInfo, numbered alike from V8 11 to 14. */
const SHIFT = 17;
const MASK = 31;
const FIRST_CLASS_CONSTRUCTOR = 3;
const LAST_CLASS_CONSTRUCTOR = 6;
const MEMBERS_INITIALIZER = 24;
const STATIC_INITIALIZER = 25;
/** Accessors; methods, async ones and generators among them. */
const METHODS: readonly (readonly [first: number, last: number])[] = [
  [7, 10],
  [14, 17],
  [20, 23],
];

export interface FunctionKind {
  /** It can be called by `new` and `super` alone. */
  readonly isClassConstructor: boolean;
  /** Its text has its name, unless that is computed. */
  readonly isMethod: boolean;
  /** V8's own words for a function that has no name in the text. */
  readonly words?: string;
}

export function readKind(flags: number): FunctionKind {
  const kind = (flags >>> SHIFT) & MASK;
  const words =
    kind === MEMBERS_INITIALIZER
      ? '<instance_members_initializer>'
      : kind === STATIC_INITIALIZER
        ? '<static_initializer>'
        : undefined;
  return {
    isClassConstructor: kind >= FIRST_CLASS_CONSTRUCTOR && kind <= LAST_CLASS_CONSTRUCTOR,
    isMethod: METHODS.some(([first, last]) => kind >= first && kind <= last),
    ...(words === undefined ? {} : { words }),
  };
}
