/** A base class whose constructor returns its argument: a subclass can then put a private field on that object. */
export const Given = class {
  constructor(given: object) {
    // biome-ignore lint/correctness/noConstructorReturn: that is the point
    return given;
  }
};
