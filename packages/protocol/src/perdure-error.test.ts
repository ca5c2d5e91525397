import { describe, expect, it } from 'vitest';
import { errorBodySchema } from './contract/error-answer-schema.ts';
import { isPerdureError, PerdureError } from './perdure-error.ts';

const error = new PerdureError('queue-full', 'The queue holds 100 messages: wait until one is delivered.', {
  details: { max: 100 },
  errorId: 'e1',
  cause: new Error('inner'),
});

describe('an error of ours', () => {
  it('tells what to do from its code', () => {
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'PerdureError', code: 'queue-full', status: 429, retry: 'same-id' });
    expect(error.cause).toEqual(new Error('inner'));
  });

  it('travels without its cause and stack', () => {
    const body = { code: 'queue-full', message: error.message, errorId: 'e1', details: { max: 100 } };
    expect(error.toBody()).toEqual(body);
    expect(errorBodySchema.parse(error.toBody())).toEqual(body);
  });

  it('has no field for what it was not given', () => {
    expect(Object.keys(new PerdureError('internal', 'x').toBody())).toEqual(['code', 'message']);
    expect(new PerdureError('internal', 'x')).not.toHaveProperty('cause');
  });
});

describe('isPerdureError', () => {
  it('tells the code it asks for', () => {
    expect(isPerdureError(error)).toBe(true);
    expect(isPerdureError(error, 'queue-full')).toBe(true);
    expect(isPerdureError(error, 'internal')).toBe(false);
  });

  it('narrows the code for the compiler', () => {
    const caught: unknown = error;
    if (isPerdureError(caught, 'queue-full')) caught.code satisfies 'queue-full';
  });

  it('knows an error of another copy of the package', () => {
    const copy = Object.assign(new Error('x'), { name: 'PerdureError', code: 'internal' });
    expect(isPerdureError(copy, 'internal')).toBe(true);
  });

  it('is not fooled by what only looks alike', () => {
    const unknownCode = Object.assign(new Error('x'), { name: 'PerdureError', code: 'nope' });
    const foreign = Object.assign(new Error('x'), { code: 'internal' });
    for (const other of [
      unknownCode,
      foreign,
      { name: 'PerdureError', code: 'internal' },
      null,
      'internal',
    ]) {
      expect(isPerdureError(other)).toBe(false);
    }
  });
});
