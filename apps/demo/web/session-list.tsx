import { type SessionListItem, useSessionList } from '@perdure/react';
import { useState } from 'react';
import { Badge } from './badge.tsx';
import { NewSession } from './new-session.tsx';
import { activityTones } from './tones.ts';
import { useListRefresh } from './use-list-refresh.ts';

export interface SessionListProps {
  readonly agents: readonly string[];
  /** Counts what this page has changed. */
  readonly changes: number;
  readonly selected: string | undefined;
  readonly onSelect: (id: string) => void;
}

/** The sessions of this server, last changed first. */
export function SessionList({ agents, changes, selected, onSelect }: SessionListProps) {
  const [search, setSearch] = useState('');
  const [archived, setArchived] = useState(false);
  const query = { archived, limit: 30, ...(search === '' ? {} : { q: search }) };
  const { items, isLoading, error, hasMore, loadMore, refresh } = useSessionList(query);
  useListRefresh(refresh, changes);

  return (
    <aside className="pane sessions" aria-label="Sessions">
      <header className="brand">
        <img src="/icon.svg" alt="" width="28" height="28" />
        <div>
          <strong>Perdure</strong>
          <small>sessions that go on existing</small>
        </div>
      </header>
      <NewSession
        agents={agents}
        onCreated={(id) => {
          void refresh();
          onSelect(id);
        }}
      />
      <div className="filters">
        <input
          type="search"
          placeholder="Search"
          aria-label="Search sessions"
          value={search}
          onChange={({ target }) => setSearch(target.value)}
        />
        <label className="check">
          <input type="checkbox" checked={archived} onChange={({ target }) => setArchived(target.checked)} />
          Archived
        </label>
      </div>
      {error !== undefined && (
        <p className="notice" role="alert">
          {error.message}
        </p>
      )}
      <ul className="session-items" data-testid="session-list" aria-busy={isLoading}>
        {items.map((item) => (
          <SessionEntry key={item.id} item={item} isSelected={item.id === selected} onSelect={onSelect} />
        ))}
      </ul>
      {items.length === 0 && !isLoading && error === undefined && (
        <p className="hint">{archived ? 'Nothing is archived.' : 'No session yet: make one.'}</p>
      )}
      {hasMore && (
        <button type="button" onClick={() => void loadMore()}>
          More
        </button>
      )}
    </aside>
  );
}

interface SessionEntryProps {
  readonly item: SessionListItem;
  readonly isSelected: boolean;
  readonly onSelect: (id: string) => void;
}

function SessionEntry({ item, isSelected, onSelect }: SessionEntryProps) {
  const { id, title, agent, activity, lastText } = item;
  return (
    <li>
      <button
        type="button"
        className="session-item"
        data-testid="session-item"
        data-session-id={id}
        aria-current={isSelected ? 'true' : undefined}
        onClick={() => onSelect(id)}
      >
        <span className="session-title">{title === '' ? 'Untitled' : title}</span>
        <Badge label="Activity" tone={activityTones[activity]}>
          {activity}
        </Badge>
        <span className="session-text">{lastText === '' ? agent : lastText}</span>
      </button>
    </li>
  );
}
