import { Agent, type IncomingMessage, request } from 'node:http';
import type { RestRequest } from './contract-calls.ts';
import { type Findings, within } from './fuzz-case.ts';
import type { FuzzServer } from './fuzz-server.ts';
import { type HttpAnswer, judgeHttpAnswer } from './judge-answers.ts';

export interface TextRequest extends Omit<RestRequest, 'body'> {
  /** As it goes out; `undefined`: there is none. */
  readonly body: string | undefined;
}

const agent = new Agent({ keepAlive: true, maxSockets: 8 });

/** Sends a request that HTTP has nothing against, and judges the answer. */
export async function fuzzRequest(server: FuzzServer, sent: TextRequest, findings: Findings): Promise<void> {
  const answer = await within(ask(server, sent));
  findings.note(1, [answer.status < 400 ? answer.status : judgeHttpAnswer(answer)]);
}

function ask({ port }: FuzzServer, { method, target, headers, body }: TextRequest): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request({
      agent,
      port,
      host: '127.0.0.1',
      method,
      path: target,
      headers: {
        authorization: 'Bearer fuzzer',
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        ...headers,
      },
    });
    sent.on('response', (response) => {
      read(response).then(
        (text) =>
          resolve({
            status: response.statusCode ?? 0,
            contentType: response.headers['content-type'],
            body: text,
          }),
        reject,
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The whole body; of a stream, which has no end, what comes first. */
async function read(response: IncomingMessage): Promise<string> {
  const isStream = response.headers['content-type']?.startsWith('text/event-stream') === true;
  let text = '';
  for await (const chunk of response) {
    text += String(chunk);
    if (isStream && text.includes('\n\n')) break; // leaving the loop cuts the connection
  }
  return text;
}
