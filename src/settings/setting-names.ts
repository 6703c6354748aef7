/** How settings are called, and what is said of wrong ones. */

/** Of each setting: its environment variable. DATABASE_URL keeps the name every host gives it. */
export const variableOf = (setting: string): string => (setting === 'database_url' ? 'DATABASE_URL' : `LOWTIDE_${setting.toUpperCase()}`);

/** Every problem of the settings, one a line. */
export class SettingsError extends Error {
  constructor(problems: readonly string[]) {
    super(`settings:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'SettingsError';
  }
}
