/** `lowtide policy`: checking a policy file, setting it, and showing what is in force. */
import type { GraphqlClient } from '../client/graphql-client.js';
import { checkPolicy, type CheckedPolicy } from '../workflows/set-policy.js';
import { PolicyDocument, SetPolicyDocument, type PolicyInput } from './documents.js';
import { readYaml, wrongYaml } from './yaml-file.js';

/** A policy file that is right, and its rules in words. @throws YamlFileError */
export const checkPolicyFile = (file: string): CheckedPolicy & { readonly content: PolicyFile } => {
  const content = readYaml(file);
  const checked = checkPolicy(content);
  if (!checked.ok) throw wrongYaml(file, checked.problems);
  return { ...checked.value, content: content as PolicyFile };
};

interface PolicyFile {
  readonly quietHours?: readonly { readonly days?: readonly string[] }[];
  readonly requiredProvenance?: readonly string[];
  readonly requiredKind?: string;
  readonly budgets?: readonly { readonly period: string }[];
  readonly onProjection?: string;
}

export const checkedText = (file: string): string => {
  const { policy, rules } = checkPolicyFile(file);
  const whose = policy.project === undefined ? 'the organisation' : `project ${policy.project}`;
  const mode = policy.dryRun ? ', in dry-run: recorded, not enforced' : '';
  return [`${file}: a policy for ${whose}${mode}`, ...(rules.length === 0 ? ['  no rules'] : rules.map((rule) => `  ${rule}`))].join('\n');
};

/** @throws YamlFileError, GraphqlFailure */
export const setPolicyFile = async (client: GraphqlClient, file: string): Promise<string> => {
  const { content, policy } = checkPolicyFile(file);
  // A policy file was checked by the parser that the server uses.
  const { setPolicy } = await client.query(SetPolicyDocument, { input: withEnums(content) as unknown as PolicyInput });
  return `policy ${policy.name} of ${policy.project === undefined ? 'the organisation' : `project ${policy.project}`}: version ${setPolicy.version} is in force`;
};

/** The API's enumerations are upper-case words. */
const withEnums = (file: PolicyFile): Readonly<Record<string, unknown>> => {
  const { quietHours, requiredProvenance, requiredKind, budgets, onProjection } = file;
  const upper = (word: string) => word.toUpperCase();
  return {
    ...file,
    ...(quietHours && { quietHours: quietHours.map(({ days, ...hours }) => ({ ...hours, ...(days && { days: days.map(upper) }) })) }),
    ...(requiredProvenance && { requiredProvenance: requiredProvenance.map(upper) }),
    ...(requiredKind && { requiredKind: upper(requiredKind) }),
    ...(budgets && { budgets: budgets.map((budget) => ({ ...budget, period: upper(budget.period) })) }),
    ...(onProjection && { onProjection: upper(onProjection) }),
  };
};

export const policyText = async (client: GraphqlClient, project: string): Promise<string> => {
  const { policy } = await client.query(PolicyDocument, { project });
  const versions = policy.versions.map(
    ({ version, setAt, document }) =>
      `  ${setAt}  ${document.name}, version ${version}, of ${document.project === null ? 'the organisation' : `project ${document.project}`}`,
  );
  return [
    `rules in force for project ${project}:`,
    ...(policy.rules.length === 0 ? ['  none'] : policy.rules.map(({ text }) => `  ${text}`)),
    ...(versions.length === 0 ? [] : ['set:', ...versions]),
  ].join('\n');
};
