const PANES = { sessions: 'Sessions', chat: 'Chat', inspector: 'Inspector' } as const;
export type Pane = keyof typeof PANES;

/** On a phone: which of the three panes is shown. */
export function PaneTabs({ pane, onChange }: { pane: Pane; onChange: (pane: Pane) => void }) {
  return (
    <nav className="pane-tabs" aria-label="Panes">
      {Object.entries(PANES).map(([key, label]) => (
        <button
          key={key}
          type="button"
          aria-current={key === pane ? 'page' : undefined}
          onClick={() => onChange(key as Pane)}
        >
          {label}
        </button>
      ))}
    </nav>
  );
}
