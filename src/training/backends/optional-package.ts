/** Packages that are used where they are installed. */

/** Whether the package itself is missing, and not something that it needs. */
export const isNotInstalled = (failure: unknown, name: string): boolean =>
  String((failure as NodeJS.ErrnoException).code).endsWith('MODULE_NOT_FOUND') && String(failure).includes(`'${name}'`);
