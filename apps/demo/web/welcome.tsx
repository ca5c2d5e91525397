/** What stands in the middle while no session is chosen. */
export function Welcome({ onOpenSessions }: { onOpenSessions: () => void }) {
  return (
    <main className="pane chat welcome">
      <img src="/icon.svg" alt="" width="64" height="64" />
      <h1>Sessions that go on existing</h1>
      <p>
        Make a session and give its agent something to do. Then drop the connection, reload the page, open it
        in a second tab, or kill the server in the middle of a word: the session goes on where it was, with
        nothing lost and nothing twice.
      </p>
      <button type="button" className="primary narrow-only" onClick={onOpenSessions}>
        Show the sessions
      </button>
    </main>
  );
}
