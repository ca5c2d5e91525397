import { describe, expect, it } from 'vitest';
import { formsOfSecrets, secretsOfEnvironment, secretsOfRequest } from './known-secrets.ts';
import { redactTextOf } from './redact.ts';

const secret = 'a+secret/"of"\\ours';

describe('secrets that the process knows', () => {
  it('[N2] are the values of variables that are named so, and the passwords of URLs', () => {
    const found = secretsOfEnvironment({
      OPENAI_API_KEY: 'k1',
      perdure_token: 't1',
      DATABASE_URL: 'postgres://me:p%2Fw@db/x',
      KEYBOARD: 'us',
      HOME: '/home/me',
      EMPTY_KEY: undefined,
    });
    expect(found).toEqual(expect.arrayContaining(['k1', 't1', 'p%2Fw', 'p/w']));
    expect(found).not.toContain('us');
    expect(found).not.toContain('/home/me');
  });

  it('[N2] are what a request says of who asks', () => {
    const headers = { cookie: 'sid=abc; theme=dark', 'x-api-key': 'xyz', accept: 'text/html' };
    const found = secretsOfRequest('token', headers);
    expect(found).toEqual(expect.arrayContaining(['token', 'abc', 'xyz']));
    expect(found).not.toContain('text/html');
  });

  it('[N2] are what a name and a password say that come as base64', () => {
    const found = secretsOfRequest(undefined, { authorization: `Basic ${btoa('ann:of-ann:only')}` });
    expect(found).toEqual(expect.arrayContaining(['ann:of-ann:only', 'of-ann:only']));
  });

  it.each([
    ['as they are', secret],
    ['in JSON', JSON.stringify({ secret })],
    ['in JSON in JSON', JSON.stringify(JSON.stringify({ secret }))],
    ['in a URL', `https://example.org/?key=${encodeURIComponent(secret)}`],
    ['in base64', btoa(secret)],
    ['in base64 with a name before', btoa(`me:${secret}`)],
    ['in base64url', Buffer.from(`m:${secret}`).toString('base64url')],
  ])('[N2] are found %s', (_where, text) => {
    const clean = redactTextOf([secret]);
    expect(formsOfSecrets([secret]).some((form) => text.includes(form))).toBe(true);
    expect(clean(text)).toContain('[redacted]');
    expect(clean(text)).not.toContain('ours');
  });

  it('[N2] are found whole where one is a part of another', () => {
    expect(redactTextOf(['secret-one', 'secret-one-and-more'])('secret-one-and-more')).toBe('[redacted]');
  });

  it('[N2] are not looked for where they are so short that they are words', () => {
    expect(formsOfSecrets(['test', ''])).toEqual([]);
  });
});
