/** A value of the message `AnyValue`; `undefined` is one without content. */
export type AnyValue =
  | undefined
  | string
  | boolean
  | number
  | readonly AnyValue[]
  | { readonly fields: readonly KeyValue[] };

export type KeyValue = readonly [key: string, value: AnyValue];

/** Whether a number is written as a whole number. */
export const isInteger = (value: number): boolean =>
  Number.isSafeInteger(value) && !Object.is(value, -0);
