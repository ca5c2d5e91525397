import type { Speaker } from './speak.ts';
import type { WorkbenchTools } from './workbench-tools.ts';

/** Files that are looked into: enough to tell what a small workspace is about. */
const READ_FILES = 5;

/** Looks at what is there, reads the first files, and says what it found. */
export async function summariseWorkspace({ say, think }: Speaker, tools: WorkbenchTools): Promise<void> {
  await think('First I see which files there are, then I look into some of them. ');
  const listed = await tools.list();
  if (!listed.ok) return say(listed.reason);
  const files = listed.value.entries.filter(({ kind }) => kind === 'file');
  if (files.length === 0) return say('The workspace is empty: there is nothing to summarise yet.');

  const gists: string[] = [];
  for (const { path } of files.slice(0, READ_FILES)) {
    const read = await tools.read(path);
    gists.push(
      `- \`${path}\`: ${read.ok && read.value.file !== null ? gistOf(read.value.file.text) : 'not a text'}`,
    );
  }
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const rest = files.length - gists.length;
  await say(
    `The workspace has ${files.length} ${files.length === 1 ? 'file' : 'files'} with ${bytes} bytes in all ` +
      `(${countedKinds(files.map(({ path }) => path))}).\n\n${gists.join('\n')}` +
      `${rest > 0 ? `\n\nI did not look into the other ${rest}.` : ''}`,
  );
}

/** `3 mjs, 1 md`. */
function countedKinds(paths: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const path of paths) {
    const kind = /\.(\w+)$/.exec(path)?.[1] ?? 'without an ending';
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ');
}

/** What a text is about, as far as rules can tell: its functions or tests, else its first words. */
function gistOf(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '').length;
  const size = `${lines} ${lines === 1 ? 'line' : 'lines'}`;
  const tests = [...text.matchAll(/^test\(['"`](.+?)['"`]/gm)].map(([, name]) => name);
  if (tests.length > 0) return `${size}, tests that ${tests.slice(0, 3).join('; ')}`;
  const functions = [...text.matchAll(/^export (?:async )?function (\w+)/gm)].map(
    ([, name]) => `\`${name}\``,
  );
  if (functions.length > 0) return `${size}, with ${functions.slice(0, 5).join(', ')}`;
  const first =
    text
      .trim()
      .split('\n', 1)[0]
      ?.replace(/^#+\s*/, '')
      .slice(0, 80) ?? '';
  return `${size}${first === '' ? '' : `, begins with "${first}"`}`;
}
