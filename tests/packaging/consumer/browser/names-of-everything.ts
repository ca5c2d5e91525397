// What a web page may name without any type of Node.js.
import * as client from '@perdure/client';
import * as protocol from '@perdure/protocol';
import * as react from '@perdure/react';

export const everything = { client, protocol, react };
