import Database from 'better-sqlite3';

/** Whether a database can be opened and read at all. By a connection of its own: one that is open answers from memory. */
export function databaseAnswers(path: string): boolean {
  try {
    const fresh = new Database(path, { readonly: true, fileMustExist: true });
    try {
      fresh.prepare('SELECT version FROM schema_version').get();
    } finally {
      fresh.close();
    }
    return true;
  } catch {
    return false;
  }
}
