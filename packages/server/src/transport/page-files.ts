import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';

/** Serves a page or one of its parts; `undefined` where there is none. */
export type Pages = (pathname: string) => Promise<Response | undefined>;

const mediaTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

/** A page may load what is ours and nothing else, be framed by nobody, and send its address nowhere. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

/** Files that a build named after their content. It begins where the name does: from each dash on anew, it would cost a square. */
const hashed = /(?:^|[^\w-])\w*-[\w-]{8,}\.\w+$/;

/**
 * The files of a built front end. They are listed once: a request can only name one of them, so no path is made from what a
 * client sends. A path without an extension is the application's own route and gets the page.
 */
export function createPages(directory: string): Pages {
  const files = new Map(
    filesIn(directory).map((path) => [`/${relative(directory, path).split(sep).join('/')}`, path]),
  );
  return async (pathname) => {
    const wanted = pathname.endsWith('/') || extname(pathname) === '' ? '/index.html' : pathname;
    const path = files.get(wanted);
    if (path === undefined) return undefined;
    return new Response(await readFile(path), {
      headers: {
        ...pageHeaders,
        'content-type': mediaTypes[extname(path)] ?? 'application/octet-stream',
        'cache-control': hashed.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
      },
    });
  };
}

function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
