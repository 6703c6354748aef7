/** Pieces the shapes of all replies are made of. */
import { z } from 'zod';
import { parseInstant } from '../../units/time.js';

/** An ISO-8601 time with its offset. */
export const time = z.string().transform((text, context) => {
  try {
    return parseInstant(text);
  } catch (failure) {
    context.addIssue({ code: 'custom', message: (failure as Error).message });
    return z.NEVER;
  }
});

/** A carbon intensity or an emission rate: a finite number of at least 0; null where the source has none. */
export const amount = z
  .number()
  .nonnegative()
  .nullable()
  .transform((value) => value ?? undefined);
