import { filesOf, knownFunctionFor, knownFunctions } from './known-functions.ts';
import type { Speaker } from './speak.ts';
import { summariseWorkspace } from './summarise-workspace.ts';
import type { WorkbenchRequest } from './understand-request.ts';
import type { TestRun, ToolOutcome, WorkbenchTools } from './workbench-tools.ts';

/** Lines of a file or of matches that are said; the tool's result shows them all. */
const SAID_LINES = 20;

const help = `I am the workbench: I follow rules, not a model, but the work is real. I have a directory of my own for this \
session, and I can

- list files: *list the files*
- read one: *read notes.md*
- write one: *write notes.md with Buy milk*
- add to one: *append and bread to notes.md*
- search them: *search for milk*
- write a function with its test and run it: *create a function that adds two numbers with a test and run it*
- run tests: *run the tests*
- look at it all: *summarise the workspace*
`;

/** Does what was asked, saying what it thinks, what it does, and what came of it. */
export async function answerRequest(
  request: WorkbenchRequest,
  speaker: Speaker,
  tools: WorkbenchTools,
): Promise<void> {
  const { say, think } = speaker;
  switch (request.kind) {
    case 'list': {
      await think('I look at what is there. ');
      const listed = await tools.list(request.path);
      if (!listed.ok) return say(listed.reason);
      const { entries, isCut } = listed.value;
      if (entries.length === 0) return say('There are no files yet. Try *write notes.md with Buy milk*.');
      const lines = entries.map(({ path, kind, bytes }) =>
        kind === 'file' ? `- \`${path}\` (${bytes} bytes)` : `- \`${path}/\``,
      );
      return say(
        `There ${are(entries.length, 'entry', 'entries')}${isCut ? ', and more' : ''}:\n\n${some(lines)}`,
      );
    }
    case 'read': {
      await think(`I open \`${request.path}\`. `);
      const read = await tools.read(request.path);
      if (!read.ok) return say(read.reason);
      const { file } = read.value;
      if (file === null)
        return say(`There is no file \`${request.path}\`. *List the files* shows what there is.`);
      const fence = '`'.repeat(
        Math.max(3, ...[...file.text.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)),
      );
      const shown = some(file.text.trimEnd().split('\n'));
      return say(`\`${request.path}\` has ${file.bytes} bytes:\n\n${fence}\n${shown}\n${fence}\n`);
    }
    case 'search': {
      await think(`I search all files for "${request.words}". `);
      const found = await tools.search(request.words);
      if (!found.ok) return say(found.reason);
      const { matches } = found.value;
      if (matches.length === 0) return say(`No file has "${request.words}" in it.`);
      const lines = matches.map(({ path, line, text }) => `- \`${path}:${line}\` ${text.trim()}`);
      return say(
        `${matches.length} ${matches.length === 1 ? 'line has' : 'lines have'} it:\n\n${some(lines)}`,
      );
    }
    case 'write': {
      await think(`I write ${request.text.length} characters to \`${request.path}\`. `);
      const written = await tools.write(request.path, withNewline(request.text));
      if (!written.ok) return say(written.reason);
      return say(
        `${written.value.isNew ? 'Made' : 'Replaced'} \`${request.path}\`: ${written.value.bytes} bytes.`,
      );
    }
    case 'append': {
      await think(`First I read \`${request.path}\`, then I write it again with the addition. `);
      const read = await tools.read(request.path);
      if (!read.ok) return say(read.reason);
      if (read.value.file?.isCut) return say(`\`${request.path}\` is too long for me to add to.`);
      const before = read.value.file === null ? '' : withNewline(read.value.file.text);
      const written = await tools.write(request.path, before + withNewline(request.text));
      return say(written.ok ? `\`${request.path}\` has ${written.value.bytes} bytes now.` : written.reason);
    }
    case 'function':
      return writeFunction(request, speaker, tools);
    case 'run':
      return runTests(request.path, speaker, tools);
    case 'summarise':
      return summariseWorkspace(speaker, tools);
    case 'help':
      return say(help);
    case 'unknown':
      await think('None of my rules fits this request. ');
      return say(`I did not understand that. ${help}`);
    default:
      request satisfies never;
  }
}

async function writeFunction(
  { purpose, name, runs }: Extract<WorkbenchRequest, { kind: 'function' }>,
  { say, think }: Speaker,
  tools: WorkbenchTools,
): Promise<void> {
  const known = knownFunctionFor(purpose);
  if (known === undefined) {
    const list = knownFunctions.map(({ does }) => `- ${does}`).join('\n');
    return say(`I have no model, so I can write only functions that I know. One of mine\n\n${list}\n`);
  }
  const { code, test } = filesOf(known, name);
  await think(
    `That is a function that ${known.does}. I put it into \`${code.path}\` and its test beside it. `,
  );
  for (const { path, text } of [code, test]) {
    const written = await tools.write(path, text);
    if (!written.ok) return say(written.reason);
  }
  await say(`\`${code.path}\`:\n\n\`\`\`js\n${code.text}\`\`\`\n\nIts test is in \`${test.path}\`. `);
  if (!runs) return say('Say *run the tests* to try it.');
  await say(resultOf(await tools.run([test.path])));
}

async function runTests(
  path: string | undefined,
  { say, think }: Speaker,
  tools: WorkbenchTools,
): Promise<void> {
  if (path !== undefined) return say(resultOf(await tools.run([path])));
  await think('I look for the tests first. ');
  const listed = await tools.list();
  if (!listed.ok) return say(listed.reason);
  const tests = listed.value.entries.flatMap(({ path: file, kind }) =>
    kind === 'file' && /\.test\.[cm]?js$/.test(file) ? [file] : [],
  );
  if (tests.length === 0) {
    return say(
      'There are no tests yet. Try *create a function that adds two numbers with a test and run it*.',
    );
  }
  await say(resultOf(await tools.run(tests)));
}

function resultOf(run: ToolOutcome<TestRun>): string {
  if (!run.ok) return run.reason;
  const { status, passed, failed, output } = run.value;
  if (status === 'stopped') return 'The tests took too long or wrote too much, so I stopped them.';
  if (status === 'passed') return `The tests pass: ${passed} of ${passed}.`;
  const why = /^\s*error: (.+)$/m.exec(output)?.[1];
  return `The tests fail: ${failed} of ${passed + failed}.${why === undefined ? '' : ` The first says: ${why}`}`;
}

function some(lines: readonly string[]): string {
  const rest = lines.length - SAID_LINES;
  return [...lines.slice(0, SAID_LINES), ...(rest > 0 ? [`... and ${rest} more`] : [])].join('\n');
}

function are(count: number, one: string, many: string): string {
  return count === 1 ? `is 1 ${one}` : `are ${count} ${many}`;
}

function withNewline(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
