/** The value of `work`, worked out when it is first asked for. */
export const once = <T>(work: () => T): (() => T) => {
  let known: { readonly value: T } | undefined;
  return () => (known ??= { value: work() }).value;
};
