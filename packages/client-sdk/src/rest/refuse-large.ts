import { PerdureError } from '@perdure/protocol';

/** Refuses a body that the server would refuse, if its limit can be found out: such a body is not worth sending. */
export async function refuseLarge(body: string, bodyLimit: () => Promise<number | undefined>): Promise<void> {
  const current = new TextEncoder().encode(body).length;
  const max = await bodyLimit();
  if (max === undefined || current <= max) return;
  throw new PerdureError('payload-too-large', `The server takes ${max} bytes, and this has ${current}.`, {
    details: { limit: 'bodyBytes', max, current },
  });
}
