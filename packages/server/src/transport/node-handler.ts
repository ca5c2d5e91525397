import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { PerdureError } from '@perdure/protocol';
import type { Clock } from '../session/clock.ts';
import { admissionError, admitRequest, type GateRules } from './admit-request.ts';
import { watchBody } from './body-deadline.ts';
import { errorHeaders } from './error-answers.ts';
import type { Peer } from './http-app.ts';
import { endAfterAnswer } from './linger.ts';
import { outflowOf } from './outflow.ts';
import { factsOfNodeRequest, targetOf } from './request-facts.ts';
import { RequestsUnderWay } from './requests-under-way.ts';

/** A request listener that frameworks mount too; one that has more to serve passes `next`. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse, next?: () => void) => void;

export interface NodeHandlerParts {
  readonly app: (request: Request, peer: Peer) => Promise<Response>;
  readonly rules: GateRules;
  readonly bodyBytes: number;
  readonly clock: Clock;
  /** Whether a path is one of ours, so that it is not handed on. */
  isOurs(pathname: string): boolean;
  /** Refuses a server that anyone can reach and that lets everyone in. */
  refuseOpen(localAddress: string | undefined): PerdureError | undefined;
}

/** What Express and its like add to a request. */
type MountedRequest = IncomingMessage & { originalUrl?: string; body?: unknown; rawBody?: Buffer };

export function createNodeHandler(parts: NodeHandlerParts): NodeHandler {
  const serve = getRequestListener(
    async (request, { incoming, outgoing }) => {
      const response = await parts.app(request, {
        remoteAddress: incoming.socket.remoteAddress ?? '',
        outflow: outflowOf(incoming.socket),
      });
      if ('shouldKeepAlive' in outgoing) endAfterAnswer(incoming as IncomingMessage, outgoing);
      return response;
    },
    // The globals of the application that embeds us are its own.
    { overrideGlobalObjects: false },
  );

  const underWay = new RequestsUnderWay();

  return (request: MountedRequest, response, next) => {
    const target = targetOf(request);
    const [pathname = ''] = target.split('?', 1);
    if (next !== undefined && !parts.isOurs(pathname)) {
      next();
      return;
    }
    const crowded = underWay.add(request, response);
    if (crowded !== undefined) {
      response.shouldKeepAlive = false;
      refuse(request, response, crowded);
      return;
    }
    const facts = factsOfNodeRequest(request);
    const admission = admitRequest(facts, parts.rules);
    const refusal = admission.isAdmitted
      ? parts.refuseOpen(request.socket.localAddress)
      : admissionError(admission);
    if (refusal !== undefined) {
      refuse(request, response, refusal);
      return;
    }
    if (facts.hasBody)
      watchBody(request, parts.rules.acceptOf(facts.method, pathname) ?? 'application/json', parts.clock);
    if (facts.expectsContinue && Number(request.headers['content-length'] ?? 0) <= parts.bodyBytes) {
      response.writeContinue();
    }
    keepParsedBody(request);
    // Below a mount point a framework shortens `url`; our routes are whole.
    request.url = target;
    void serve(request, response);
  };
}

function refuse(request: IncomingMessage, response: ServerResponse, error: PerdureError): void {
  endAfterAnswer(request, response);
  const body = JSON.stringify({ error: error.toBody() });
  response.writeHead(error.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...errorHeaders(error),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** A body parser that ran before us has read the stream; what it found is the body. */
function keepParsedBody(request: MountedRequest): void {
  if (request.readableEnded && request.body !== undefined && request.rawBody === undefined) {
    request.rawBody = Buffer.from(JSON.stringify(request.body));
  }
}
