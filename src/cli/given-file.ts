/** Files and folders that users name: read and made, or a sentence on why not. */
import fs from 'node:fs';
import path from 'node:path';

/** @throws Error that names the file and why it cannot be read */
export const givenText = (file: string): string => {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (failure) {
    throw new Error(`${file}: ${whyNot(failure)}`, { cause: failure });
  }
};

/** The folder to write to, made where it is not there. @throws Error that names it and why it cannot be made */
export const givenFolder = (folder: string): string => {
  try {
    fs.mkdirSync(folder, { recursive: true });
    return folder;
  } catch (failure) {
    throw new Error(`${folder}: ${whyNot(failure)}; name a folder to write to`, { cause: failure });
  }
};

/** @throws Error that names the file and why it cannot be written */
export const writeGiven = (file: string, text: string): void => {
  givenFolder(path.dirname(file));
  try {
    fs.writeFileSync(file, text);
  } catch (failure) {
    throw new Error(`${file}: ${whyNot(failure)}`, { cause: failure });
  }
};

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder, not a file',
  EEXIST: 'it is a file, not a folder',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EACCES: 'this user has no permission',
  EROFS: 'it can only be read',
};

/** Of what the file system answered, in a user's words. */
export const whyNot = (failure: unknown): string => {
  const { code, message } = failure as NodeJS.ErrnoException;
  return WHY[code ?? ''] ?? message;
};
