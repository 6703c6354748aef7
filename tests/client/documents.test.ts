import fs from 'node:fs';
// eslint-disable-next-line @typescript-eslint/ban-ts-comment -- a build script in plain JavaScript has no types
// @ts-ignore
import * as generating from '../../configs/tooling/generate-documents.mjs';

const { FOLDERS, documentsOf, documentsText } = generating as {
  FOLDERS: readonly string[];
  documentsOf: (folder: string) => string;
  documentsText: (folder: string) => Promise<string>;
};

test.each(FOLDERS)('the typed documents of src/%s are fresh: they are what its operations and the schema give', async (folder) => {
  expect(await documentsText(folder)).toBe(fs.readFileSync(documentsOf(folder), 'utf8'));
});
