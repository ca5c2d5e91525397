import { parseSync, Visitor } from 'vite';
import { sourceFiles } from '../../architecture/source-file.ts';

export interface FoundExpression {
  readonly path: string;
  readonly expression: RegExp;
}

export interface FoundExpressions {
  readonly written: readonly FoundExpression[];
  /** Files that put one together at run time, where its text cannot be read. */
  readonly puttingTogether: readonly string[];
}

/** The regular expressions of all packages. */
export function regularExpressions(): FoundExpressions {
  const written: FoundExpression[] = [];
  const puttingTogether: string[] = [];
  for (const { path, text } of sourceFiles('packages/*/src')) {
    if (path.includes('/testing/')) continue;
    const note = ({ callee }: { readonly callee: object }) => {
      if ('name' in callee && callee.name === 'RegExp') puttingTogether.push(path);
    };
    const visitor = new Visitor({
      Literal(node) {
        if ('regex' in node)
          written.push({ path, expression: new RegExp(node.regex.pattern, node.regex.flags) });
      },
      NewExpression: note,
      CallExpression: note,
    });
    visitor.visit(parseSync(path, text).program);
  }
  return { written, puttingTogether };
}
