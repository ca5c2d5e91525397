/** Names of variables that hold secrets. */
const secretVariables = /(KEY|TOKENS?|SECRETS?|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?)$/i;

/** Shorter ones are words that stand everywhere, such as `test`. */
const MIN_LENGTH = 8;

/** The secrets that this process was given: what others throw may hold any of them, in any words. */
export function secretsOfEnvironment(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(env).flatMap(([name, value = '']) => [
    ...(secretVariables.test(name) ? [value] : []),
    ...passwordsOf(value),
  ]);
}

/** What a header or a URL says of who is asking. */
export function secretsOfRequest(
  credential: string | undefined,
  headers: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const values = Object.entries(headers).flatMap(([name, value = '']) =>
    /authorization|cookie|key|token|secret/i.test(name) ? value.split(/[\s;,]+/) : [],
  );
  // Of a cookie its value is the secret, also without its name; of a name with a password, written as base64, what it says.
  const bare = values.map((value) => value.slice(value.indexOf('=') + 1));
  const said = values
    .map((value) => Buffer.from(value, 'base64').toString('utf8'))
    .filter((text) => text.includes(':'));
  const passwords = said.map((text) => text.slice(text.indexOf(':') + 1));
  return [credential ?? '', ...values, ...bare, ...said, ...passwords];
}

/** Every form in which one of these secrets may stand in a text, the longest first: none is found as a part of another. */
export function formsOfSecrets(secrets: readonly string[]): readonly string[] {
  const forms = new Set(secrets.filter((secret) => secret.length >= MIN_LENGTH).flatMap(formsOf));
  return [...forms].toSorted((a, b) => b.length - a.length);
}

function formsOf(secret: string): readonly string[] {
  const inJson = JSON.stringify(secret).slice(1, -1);
  const inBase64 = [0, 1, 2].map((before) => base64Within(secret, before));
  return [
    secret,
    inJson,
    JSON.stringify(inJson).slice(1, -1), // JSON in JSON, as an error body in a log line
    encodeURIComponent(secret.toWellFormed()),
    ...inBase64,
    ...inBase64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ];
}

/** How a text stands in the base64 of a longer one in which so many bytes are before it, without what these decide too. */
function base64Within(text: string, before: number): string {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]);
  const [encoded = ''] = bytes.toString('base64').split('=', 1);
  const start = before === 0 ? 0 : before + 1;
  return encoded.slice(start, encoded.length - (bytes.length % 3 === 0 ? 0 : 1));
}

/** The password of a URL, as it stands there and as it is meant. */
function passwordsOf(value: string): readonly string[] {
  const { password = '' } = value.includes('://') && URL.canParse(value) ? new URL(value) : {};
  if (password === '') return [];
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}
