import { useSubmit } from '@perdure/react';

const starters: Readonly<Record<string, readonly string[]>> = {
  workbench: [
    'Help',
    'Write notes.md with Buy milk',
    'Create a function that adds two numbers with a test and run it',
    'Summarise the workspace',
  ],
  echo: ['What was said perdures, whatever becomes of those who said it'],
};

/** Something to begin with, for an agent that a newcomer does not know. */
export function Starters({ sessionId, agent }: { sessionId: string; agent: string | undefined }) {
  const { submit } = useSubmit(sessionId);
  return (
    <div className="starters" data-testid="starters">
      <p className="hint">Nothing has been said yet. Begin with</p>
      {(starters[agent ?? ''] ?? ['What can you do?']).map((words) => (
        <button key={words} type="button" onClick={() => void submit(words)}>
          {words}
        </button>
      ))}
    </div>
  );
}
