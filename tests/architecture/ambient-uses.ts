import { parseSync } from 'vite';
import type { SourceFile } from './source-file.ts';

/** Globals through which time, chance and the platform get in. */
const ambient = new Set(
  'Buffer Date clearInterval clearTimeout console crypto fetch global globalThis performance process queueMicrotask setImmediate setInterval setTimeout'.split(
    ' ',
  ),
);

interface SyntaxNode {
  type: string;
  start: number;
  [field: string]: unknown;
}

/** Lines of a file that use such a global in code: types, comments, strings and property names do not count. */
export function ambientUses(file: SourceFile): string[] {
  const uses: string[] = [];
  const report = (name: string, start: number) => {
    uses.push(`${file.path}:${file.text.slice(0, start).split('\n').length} uses ${name}`);
  };
  const visit = (node: SyntaxNode): void => {
    if (isTypeOnly(node)) return;
    if (node.type === 'Identifier' && ambient.has(String(node['name'])))
      report(String(node['name']), node.start);
    if (isMathRandom(node)) report('Math.random', node.start);
    for (const [field, value] of Object.entries(node)) {
      if (isNameOfProperty(node, field)) continue;
      for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child);
    }
  };
  const { program } = parseSync(file.path, file.text);
  for (const statement of program.body) if (isNode(statement)) visit(statement);
  return uses;
}

const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === 'object' && value !== null && 'type' in value && 'start' in value;

const typeNodes = /^TS(TypeAnnotation|TypeParameter|TypeReference|InterfaceDeclaration|TypeAliasDeclaration)/;
const isTypeOnly = ({ type }: SyntaxNode) => typeNodes.test(type);

function isNameOfProperty(node: SyntaxNode, field: string): boolean {
  if (node['computed'] === true) return false;
  return (node.type === 'MemberExpression' && field === 'property') || (field === 'key' && 'value' in node);
}

function isMathRandom({ type, object, property }: SyntaxNode): boolean {
  if (type !== 'MemberExpression' || !isNode(object) || !isNode(property)) return false;
  return object['name'] === 'Math' && property['name'] === 'random';
}
