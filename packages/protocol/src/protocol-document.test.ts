import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { protocolReference, unformatted } from '../test/protocol-reference.ts';
import { errorCodesOf } from './contract/error-codes-of.ts';
import { leavesOf } from './contract/leaf.ts';
import { closeCodes, type ErrorCode, errorTable } from './error-codes.ts';
import { errorMeanings } from './error-meanings.ts';
import { PROTOCOL_VERSION } from './version.ts';
import { catalogue, contract } from './schemas.ts';

const document = readFileSync(new URL('../PROTOCOL.md', import.meta.url), 'utf8');
const reference = protocolReference();

/** The text under each heading of a level, by the heading. */
function sectionsOf(text: string, level: string): Record<string, string> {
  const parts = text.split(new RegExp(`^${level} `, 'm')).slice(1);
  return Object.fromEntries(
    parts.map((part) => {
      const [heading = '', ...body] = part.split('\n');
      return [heading.replaceAll('`', ''), body.join('\n')];
    }),
  );
}

const chapters = sectionsOf(document, '##');
const chapter = (name: string) => chapters[name] ?? '';
const codeOf = (section: string) => /```ts\n([\s\S]*?)\n```/.exec(section)?.[1];

/** The cells of a table's rows, without its head. */
const rowsOf = (section: string) =>
  section
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(1)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

describe('PROTOCOL.md', () => {
  it('is of this version', () => {
    expect(document).toMatch(new RegExp(`^# The Perdure protocol, version ${PROTOCOL_VERSION}\\n`));
  });

  it.each(['Blocks', 'Frames', 'Events', 'Procedures'])(
    'has under %s a section for each, and no other',
    (name) => {
      expect(Object.keys(sectionsOf(chapter(name), '###')).sort()).toEqual(
        Object.keys(reference[name] ?? {}).sort(),
      );
    },
  );

  const sections = Object.entries(reference).flatMap(([name, types]) =>
    Object.entries(types).map(([heading, code]) => [name, heading, code] as const),
  );

  it.each(sections)('shows under %s %s the type that the schemas have', (name, heading, code) => {
    const section = heading === '' ? chapter(name) : sectionsOf(chapter(name), '###')[heading];
    expect(unformatted(codeOf(section ?? '') ?? '')).toBe(unformatted(code));
  });

  it.each(Object.entries(catalogue))('says of %s who emits it and how long it stays', (type, row) => {
    const section = sectionsOf(chapter('Events'), '###')[type] ?? '';
    expect(section).toContain(`Emitter: ${row.emitter}. Retention: ${row.retention}.`);
    expect(section).toContain(row.summary);
  });

  it.each([...leavesOf(contract)])(
    'says of %s where it is, what it needs and how it can refuse',
    (path, leaf) => {
      const section = sectionsOf(chapter('Procedures'), '###')[path] ?? '';
      const route = leaf.rest === undefined ? 'no route' : `\`${leaf.rest.method} ${leaf.rest.path}\``;
      expect(section).toContain(`${leaf.kind}, ${route}, access ${[leaf.access].flat().join(' and ')}.`);
      expect(section).toContain(leaf.summary);
      const named = /Own codes: (.*)\./.exec(section)?.[1]?.match(/[a-z]+(-[a-z]+)*/g) ?? [];
      expect(named).toEqual([...leaf.errors]);
      expect(errorCodesOf(leaf)).toEqual(expect.arrayContaining(named));
    },
  );

  it('has a row for each error code, with what the table says, and no other', () => {
    const rows = rowsOf(chapter('Error codes')).slice(1);
    const expected = Object.entries(errorTable).map(([code, { status, scope, retry }]) => [
      `\`${code}\``,
      status === 0 ? '-' : String(status),
      scope,
      retry,
      errorMeanings[code as ErrorCode],
    ]);
    expect(rows).toEqual(expected);
  });

  it('has a section for each close code, and no other', () => {
    const headings = Object.keys(sectionsOf(chapter('Close codes'), '###'));
    expect(headings.map((heading) => Number.parseInt(heading, 10)).sort()).toEqual(
      Object.values(closeCodes).sort(),
    );
  });

  it('has ten block rules', () => {
    expect(
      rowsOf(chapter('Block rules'))
        .slice(1)
        .map(([number]) => number),
    ).toEqual(Array.from({ length: 10 }, (_rule, index) => String(index + 1)));
  });
});
