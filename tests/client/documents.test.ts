import fs from 'node:fs';
// eslint-disable-next-line @typescript-eslint/ban-ts-comment -- a build script in plain JavaScript has no types
// @ts-ignore
import { documentsText } from '../../configs/tooling/generate-documents.mjs';

test("the client's typed documents are fresh: they are what the operations and the schema give", async () => {
  expect(await (documentsText as () => Promise<string>)()).toBe(fs.readFileSync('src/client/documents.ts', 'utf8'));
});
