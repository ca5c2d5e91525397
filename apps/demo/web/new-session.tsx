import { useClient } from '@perdure/react';
import { useState } from 'react';
import { useAction } from './use-action.ts';

interface NewSessionProps {
  readonly agents: readonly string[];
  readonly onCreated: (id: string) => void;
}

/** The echo takes its time here, so that there is something to interrupt, drop and kill. */
const optionsOf: Record<string, { delayMs: number; repeat: number }> = {
  echo: { delayMs: 40, repeat: 20 },
};

/** Makes a session with an agent of one's choice. */
export function NewSession({ agents, onCreated }: NewSessionProps) {
  const client = useClient();
  const { run, isRunning, failure } = useAction();
  const [chosen, setChosen] = useState<string>();
  const agent = chosen ?? agents[0];

  const create = async () => {
    if (agent === undefined) return;
    const options = optionsOf[agent];
    const { id } = await client.sessions.create({ agent, ...(options === undefined ? {} : { options }) });
    onCreated(id);
  };

  return (
    <form
      className="new-session"
      onSubmit={(event) => {
        event.preventDefault();
        run(create);
      }}
    >
      <select
        aria-label="Agent"
        data-testid="agent-select"
        value={agent ?? ''}
        disabled={agents.length === 0}
        onChange={({ target }) => setChosen(target.value)}
      >
        {agents.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <button
        type="submit"
        className="primary"
        data-testid="new-session"
        disabled={isRunning || agent === undefined}
      >
        New session
      </button>
      {failure !== undefined && (
        <p className="notice" role="alert">
          {failure}
        </p>
      )}
    </form>
  );
}
