/** A run file's text as the runs it asks for; loaded with the YAML reader when the first file comes. */
import { parseAllDocuments } from 'yaml';
import type { RunSpecInput } from '../../client/documents.js';
import { withApiEnums, withApiNames } from '../../client/run-file.js';

/** The text is not a run file; the message says where. */
export class NoRunFile extends Error {
  override readonly name = 'NoRunFile';
}

/** One run for each document of the text. @throws NoRunFile */
export const runsOf = (text: string): readonly RunSpecInput[] => {
  const documents = parseAllDocuments(text, { prettyErrors: true });
  if ('empty' in documents || documents.length === 0) throw new NoRunFile('The file is empty.');
  return documents.map((document) => {
    const [wrong] = document.errors;
    if (wrong !== undefined) throw new NoRunFile(`It is not YAML: ${wrong.message}`);
    const content: unknown = document.toJS();
    if (typeof content !== 'object' || content === null || Array.isArray(content))
      throw new NoRunFile('A run file holds fields like name, zone and training; see configs/optimized.yaml.');
    // The server parses it, and names each problem with its place.
    return withApiEnums(withApiNames(content)) as unknown as RunSpecInput;
  });
};
