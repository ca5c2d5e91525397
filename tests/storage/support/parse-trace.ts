/** One call of a traced program that changes what is on a disk. */
export interface TracedCall {
  /** Line of the trace on which it began. */
  readonly begun: number;
  /** Line on which it had ended: the same, unless another thread came in between. */
  readonly ended: number;
  readonly operation: Operation;
}

export type Operation =
  | { readonly kind: 'open'; readonly path: string; readonly creates: boolean }
  | {
      readonly kind: 'write';
      readonly path: string;
      readonly bytes: Buffer;
      readonly offset: number | undefined;
    }
  | { readonly kind: 'truncate'; readonly path: string; readonly length: number }
  | { readonly kind: 'sync'; readonly path: string }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'unlink'; readonly path: string }
  | { readonly kind: 'make-directory'; readonly path: string };

/** The calls that `parseTrace` understands; a program that wrote by others would have to be traced by those as well. */
export const tracedCalls = [
  ...['openat', 'creat', 'write', 'pwrite64', 'writev', 'pwritev', 'fsync', 'fdatasync', 'ftruncate'],
  ...['rename', 'renameat', 'renameat2', 'unlink', 'unlinkat', 'mkdir', 'mkdirat', 'link', 'linkat'],
];

interface Begun {
  readonly line: number;
  readonly name: string;
  readonly rest: string;
}

/** Reads what `strace -f -y -xx` wrote, leaving out what failed and what is outside of `root`. */
export function parseTrace(trace: string, root: string): TracedCall[] {
  const calls: TracedCall[] = [];
  const open = new Map<string, Begun>();
  let line = -1;
  for (const text of trace.split('\n')) {
    line += 1;
    const space = text.indexOf(' ');
    const thread = text.slice(0, space);
    const said = text.slice(space).trimStart();
    const resumed = /^<\.\.\. (\w+) resumed>(.*)$/s.exec(said);
    const begun = resumed === null ? beginning(said, line) : open.get(thread);
    if (begun === undefined) continue;
    if (said.endsWith('<unfinished ...>')) {
      open.set(thread, begun);
      continue;
    }
    open.delete(thread);
    const whole =
      resumed === null ? begun.rest : begun.rest.replace(/ ?<unfinished \.\.\.>$/, resumed[2] ?? '');
    const operation = operationOf(begun.name, whole, root);
    if (operation !== undefined) calls.push({ begun: begun.line, ended: line, operation });
  }
  return calls.sort((a, b) => a.begun - b.begun);
}

function beginning(said: string, line: number): Begun | undefined {
  const open = said.indexOf('(');
  if (open <= 0 || said.startsWith('+++') || said.startsWith('---')) return undefined;
  return { line, name: said.slice(0, open), rest: said.slice(open + 1) };
}

function operationOf(name: string, rest: string, root: string): Operation | undefined {
  const answer = Number(/\) += (-?\d+)[^=]*$/.exec(rest.slice(-400))?.[1] ?? -1);
  if (answer < 0) return undefined;
  const place = pathOf(/^\d+<([^>]*)>/.exec(rest)?.[1]);
  const names = () => [...rest.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex]) => pathOf(hex));
  const isInside = (path: string | undefined): path is string => path?.startsWith(root) ?? false;
  switch (name) {
    case 'openat':
    case 'creat': {
      const [path] = names();
      const creates = name === 'creat' || rest.includes('O_CREAT');
      return isInside(path) ? { kind: 'open', path, creates } : undefined;
    }
    case 'write':
    case 'pwrite64':
      return isInside(place) ? writeOf(place, rest, answer, name === 'pwrite64') : undefined;
    case 'ftruncate':
      if (!isInside(place)) return undefined;
      return { kind: 'truncate', path: place, length: Number(/, (\d+)\)/.exec(rest)?.[1]) };
    case 'fsync':
    case 'fdatasync':
      return isInside(place) ? { kind: 'sync', path: place } : undefined;
    case 'rename':
    case 'renameat':
    case 'renameat2': {
      const [from, to] = names();
      return isInside(from) && isInside(to) ? { kind: 'rename', from, to } : undefined;
    }
    case 'unlink':
    case 'unlinkat': {
      const [path] = names();
      return isInside(path) ? { kind: 'unlink', path } : undefined;
    }
    case 'mkdir':
    case 'mkdirat': {
      const [path] = names();
      return isInside(path) ? { kind: 'make-directory', path } : undefined;
    }
    default:
      if (isInside(place) || names().some(isInside))
        throw new Error(`A traced call is not understood: ${name}.`);
      return undefined;
  }
}

function writeOf(path: string, rest: string, written: number, isPlaced: boolean): Operation {
  const from = rest.indexOf('"') + 1;
  const to = rest.indexOf('"', from);
  const bytes = Buffer.from(rest.slice(from, to).replaceAll('\\x', ''), 'hex').subarray(0, written);
  if (bytes.length !== written) throw new Error(`The trace of ${path} holds a part of a write only.`);
  const offset = isPlaced ? Number(/^, \d+, (\d+)\)/.exec(rest.slice(to + 1))?.[1]) : undefined;
  return { kind: 'write', path, bytes, offset };
}

/** Paths come as hexadecimal escapes. */
function pathOf(hex: string | undefined): string | undefined {
  return hex === undefined ? undefined : Buffer.from(hex.replaceAll('\\x', ''), 'hex').toString();
}
