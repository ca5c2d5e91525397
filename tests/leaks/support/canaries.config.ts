import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { defineConfig, functionAgent, type KnownPrincipal } from '@perdure/server';
import { forgery } from './forgery.ts';

/** Said in errors as providers and drivers say it: with all that they were given. */
const env = (name: string) => process.env[name] ?? '';
const providerKey = env('PROVIDER_API_KEY');
const databaseUrl = env('DATABASE_URL');

const [ownerToken, socketToken, otherToken, brokenToken] = JSON.parse(env('VISITORS')) as [
  string,
  string,
  string,
  string,
];

const people: Readonly<Record<string, KnownPrincipal>> = {
  [ownerToken]: { id: 'owner', tenantId: 'one', name: `Ann${forgery}` },
  [socketToken]: { id: 'owner', tenantId: 'one', name: `Ann${forgery}` },
  [otherToken]: { id: 'other', tenantId: 'two' },
};

/** What a client of a model's provider throws when it was refused. */
function refusal(prompt: string): Error {
  const request = { model: 'm', messages: [{ role: 'user', content: prompt }] };
  return Object.assign(new Error(`Incorrect API key provided: ${providerKey}.${forgery}`), {
    url: `https://provider.example/v1?key=${encodeURIComponent(providerKey)}`,
    requestHeaders: { 'x-goog-api-key': providerKey, authorization: `Bearer ${providerKey}` },
    requestBodyValues: request,
    responseBody: JSON.stringify({ error: `${providerKey} asked ${prompt}` }),
    data: { key: Buffer.from(providerKey).toString('base64') },
    cause: new Error(`connect to ${databaseUrl} failed for ${encodeURIComponent(providerKey)}`),
  });
}

export default defineConfig({
  agents: {
    /** Its provider refuses it. */
    refused: functionAgent((turn) => {
      throw refusal(turn.text);
    }),
    /** It finds no file. */
    lost: functionAgent(() => void readFileSync(`${env('ODD_PLACE')}/none`)),
    /** It never starts. */
    stillborn: {
      reach: 'none',
      onInterrupted: 'ask',
      createEnvironment: () => ({
        start: async () => {
          throw refusal('');
        },
        run: async () => ({ status: 'completed' }),
        stop: async () => {},
        isHealthy: async () => true,
      }),
    },
    /** It forgets a promise. */
    forgetful: functionAgent((turn, session) => {
      void Promise.reject(refusal(turn.text));
      session.text('done');
    }),
    /** It throws where nobody can catch it. */
    fatal: functionAgent(async (turn) => {
      setImmediate(() => {
        throw refusal(turn.text);
      });
      await once(turn.signal, 'abort');
    }),
    /** It says what it heard and goes on until it is stopped. */
    faithful: functionAgent(async (turn, session) => {
      session.text(`You said ${turn.text}`);
      session.log('info', turn.text, { heard: turn.text });
      await once(turn.signal, 'abort');
    }),
  },
  authenticate: ({ credential = '', headers }) => {
    if (credential === brokenToken)
      throw new Error(
        `no row for ${credential} (${Buffer.from(credential).toString('base64')}) in ${databaseUrl} near ${env('ODD_PLACE')}: ${JSON.stringify(headers)}`,
      );
    return (Object.hasOwn(people, credential) ? people[credential] : undefined) ?? null;
  },
});
