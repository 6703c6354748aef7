/** What an intensity counts. Values that count different things are never added, compared or laid into one series. */
import type { FactorType, IntensityKind } from './reading.js';

export interface Basis {
  readonly kind: IntensityKind;
  readonly factorType: FactorType;
}

/** Something with a basis, and what to call it in a message. */
export type Based = readonly [name: string, basis: Basis];

export class MixedBasis extends Error {
  constructor(first: Based, other: Based) {
    super(`${inWords(first)} and ${inWords(other)} cannot be combined: they count different emissions; use sources of one kind`);
    this.name = 'MixedBasis';
  }
}

/** The basis all share. @throws MixedBasis naming the first two that differ */
export const sameBasis = (first: Based, ...others: readonly Based[]): Basis => {
  const [, { kind, factorType }] = first;
  const other = others.find(([, basis]) => basis.kind !== kind || basis.factorType !== factorType);
  if (other !== undefined) throw new MixedBasis(first, other);
  return { kind, factorType };
};

const inWords = ([name, { kind, factorType }]: Based): string => `${name} (${kind}, ${factorType})`;
