/** What somebody asked the workbench to do. */
export type WorkbenchRequest =
  | { readonly kind: 'list'; readonly path: string }
  | { readonly kind: 'read'; readonly path: string }
  | { readonly kind: 'search'; readonly words: string }
  | { readonly kind: 'write'; readonly path: string; readonly text: string }
  | { readonly kind: 'append'; readonly path: string; readonly text: string }
  | {
      readonly kind: 'function';
      /** What it is to do, in the words of the request. */
      readonly purpose: string;
      readonly name: string | undefined;
      readonly runs: boolean;
    }
  | { readonly kind: 'run'; readonly path: string | undefined }
  | { readonly kind: 'summarise' }
  | { readonly kind: 'help' }
  | { readonly kind: 'unknown' };

interface Rule {
  readonly pattern: RegExp;
  read(groups: Record<string, string | undefined>): WorkbenchRequest;
}

// A message can be a megabyte long, so no part of a pattern may try its ways again at every place.
const FILE = '[`"\']?(?=[^\\s`"\']{0,200}[./])(?<path>[^\\s`"\']{1,200})[`"\']?';
const PLEASE = '^(?:please |now |then |and |can you |could you |would you ){0,3}';
/** As much of a request as tells what a function is for. */
const PURPOSE_CHARACTERS = 200;

/** The first rule that fits decides: the more special ones stand first. */
const rules: readonly Rule[] = [
  {
    pattern: /^(?:hi|hello|hey|help|\?)\b|^what can you do|^who are you/i,
    read: () => ({ kind: 'help' }),
  },
  {
    pattern: rule(
      '(?:create|write|make|implement|build)(?: me)?(?: an?| the)?(?: \\w+){0,2} functions?' +
        '(?: (?:called|named) [`"\']?(?<name>[A-Za-z]\\w{0,40})[`"\']?)?,? (?:that|which|to|for) (?<purpose>.+)',
    ),
    read: ({ name, purpose = '' }) => ({
      ...{ kind: 'function', name, purpose: purpose.slice(0, PURPOSE_CHARACTERS) },
      runs: /\b(?:run|execute|try) (?:it|them|the tests?)\b/i.test(purpose),
    }),
  },
  {
    pattern: rule(`(?:append|add) (?<text>.+?) to (?:the )?(?:file )?${FILE}$`),
    read: ({ path = '', text = '' }) => ({ kind: 'append', path, text: unquoted(text) }),
  },
  {
    pattern: rule(
      `(?:write|create|make|save|put)(?: a| the)?(?: new)?(?: file)?(?: called| named)? ${FILE}` +
        '(?::| with(?: the)?(?: text| content| words)?:?| containing| saying| that says| that contains)\\s+(?<text>.+)$',
    ),
    read: ({ path = '', text = '' }) => ({ kind: 'write', path, text: unquoted(text) }),
  },
  {
    pattern: rule(`(?:write|save|put) (?<text>.+?) (?:to|into|in) (?:the )?(?:file )?${FILE}$`),
    read: ({ path = '', text = '' }) => ({ kind: 'write', path, text: unquoted(text) }),
  },
  {
    pattern: rule('(?:search|grep|look|find)(?: the (?:workspace|files))?(?: for)? (?<text>.+)$'),
    read: ({ text = '' }) => ({ kind: 'search', words: unquoted(text.replace(/ in (?:the|all) .*$/i, '')) }),
  },
  {
    pattern: /\bsummar(?:y|i[sz]e)\b|\boverview\b|^describe the workspace/i,
    read: () => ({ kind: 'summarise' }),
  },
  {
    pattern: rule(`(?:run|execute|test)(?: the| all)*(?: tests?)?(?: in| of| for)? ${FILE}$`),
    read: ({ path }) => ({ kind: 'run', path }),
  },
  {
    pattern: rule('(?:run|execute)(?: all)?(?: the)? tests?$|^test (?:it|everything)$'),
    read: () => ({ kind: 'run', path: undefined }),
  },
  {
    pattern: rule(`(?:read|show|open|print|cat|display)(?: me)?(?: the)?(?: file| contents? of)? ${FILE}$`),
    read: ({ path = '' }) => ({ kind: 'read', path }),
  },
  {
    pattern: rule(
      '(?:(?:list|show)(?: me)?(?: all)?(?: the| my)? ?(?:files|workspace|directory|folder|everything|contents)?|ls)' +
        '(?: (?:in|of|under) (?:the )?(?:workspace|(?<path>[\\w./-]+)))?$',
    ),
    read: ({ path = '' }) => ({ kind: 'list', path }),
  },
  {
    pattern: /^(?:what|which) files\b/i,
    read: () => ({ kind: 'list', path: '' }),
  },
];

/** Reads a request by rules. It guesses nothing: what no rule fits is `unknown`. */
export function understandRequest(words: string): WorkbenchRequest {
  const text = words.trim().replace(/(?<=[\w`"'])[.!?]+$/, '');
  for (const { pattern, read } of rules) {
    const match = pattern.exec(text);
    if (match !== null) return read(match.groups ?? {});
  }
  return { kind: 'unknown' };
}

function rule(pattern: string): RegExp {
  return new RegExp(`${PLEASE}${pattern}`, 'is');
}

/** The words inside a fence, or inside quotes around all of them. */
function unquoted(text: string): string {
  const fenced = /^```\w*\n(?<inside>.*?)\n?```$/s.exec(text.trim());
  if (fenced?.groups) return `${fenced.groups['inside']}\n`;
  const quoted = /^(?<quote>["'`])(?<inside>.*)\k<quote>$/s.exec(text.trim());
  return quoted?.groups?.['inside'] ?? text.trim();
}
