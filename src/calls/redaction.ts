/** Takes secrets out of text that others may read. */

/** Every form in which a secret may stand in an address, a header or a reply that repeats them. */
const formsOf = (secret: string): readonly string[] => [
  secret,
  encodeURIComponent(secret),
  JSON.stringify(secret).slice(1, -1),
  Buffer.from(secret, 'utf8').toString('base64'),
];

export const redacted = (text: string, secrets: readonly string[]): string => {
  const forms = secrets.filter((secret) => secret !== '').flatMap(formsOf);
  // The longest first: one secret may be part of another.
  return [...new Set(forms)].sort((a, b) => b.length - a.length).reduce((rest, form) => rest.replaceAll(form, '[secret]'), text);
};
