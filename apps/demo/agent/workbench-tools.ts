import {
  type FunctionTurn,
  isPerdureError,
  runNodeTests,
  type TurnSession,
  type Workspace,
} from '@perdure/server';

/** As much of a test's output as people read. */
const SHOWN_OUTPUT_CHARACTERS = 8_000;
/** As much of a file as the log holds: it is there whole. */
const SHOWN_FILE_BYTES = 65_536;
const SHOWN_ENTRIES = 500;

/** What a tool came to: its result, or the sentence why not. */
export type ToolOutcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string };

export interface TestRun {
  readonly status: 'passed' | 'failed' | 'stopped';
  readonly passed: number;
  readonly failed: number;
  readonly output: string;
}

export type WorkbenchTools = ReturnType<typeof createWorkbenchTools>;

/** The workbench's tools. Each does its work in the workspace and shows it: the call while it works, then its result. */
export function createWorkbenchTools(
  workspace: Workspace,
  session: TurnSession,
  { signal }: Pick<FunctionTurn, 'signal'>,
) {
  const use = async <T extends object>(
    call: { name: string; displayName: string; input: { [name: string]: string | string[] } },
    work: () => Promise<T>,
  ): Promise<ToolOutcome<T>> => {
    const { result } = session.toolUse(call);
    try {
      const value = await work();
      result(JSON.parse(JSON.stringify(value)));
      return { ok: true, value };
    } catch (error) {
      // A refusal of ours is a sentence for people; anything else would tell them of this machine.
      const reason = isPerdureError(error) ? error.message : 'The tool failed.';
      result(reason, { isError: true });
      return { ok: false, reason };
    } finally {
      await session.drained();
    }
  };

  return {
    list: (path = '') =>
      use({ name: 'list_files', displayName: 'List files', input: { path } }, () =>
        workspace.list(path, { maxEntries: SHOWN_ENTRIES }),
      ),
    read: (path: string) =>
      use({ name: 'read_file', displayName: 'Read a file', input: { path } }, async () => ({
        file: (await workspace.read(path, { maxBytes: SHOWN_FILE_BYTES })) ?? null,
      })),
    search: (words: string) =>
      use({ name: 'search_files', displayName: 'Search the files', input: { words } }, () =>
        workspace.search(words),
      ),
    write: (path: string, text: string) =>
      use(
        {
          name: 'write_file',
          displayName: 'Write a file',
          input: { path, text: text.slice(0, SHOWN_FILE_BYTES) },
        },
        () => workspace.write(path, text),
      ),
    run: (files: string[]) =>
      use({ name: 'run_tests', displayName: 'Run tests', input: { files } }, async (): Promise<TestRun> => {
        const { status, output } = await runNodeTests(workspace, files, { signal });
        return {
          ...{ status, passed: countOf(output, 'pass'), failed: countOf(output, 'fail') },
          output: output.slice(-SHOWN_OUTPUT_CHARACTERS),
        };
      }),
  };
}

/** A count of the summary that `node --test` ends with. */
function countOf(output: string, what: 'pass' | 'fail'): number {
  return Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(output)?.[1] ?? 0);
}
