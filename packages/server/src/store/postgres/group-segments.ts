import type { AppendWrite, CreateWrite, Write } from '../sql/write.ts';

/** Neighbours of a group that one statement writes; every other kind of write is by itself. */
export type Segment =
  | { readonly kind: 'log'; readonly writes: readonly (AppendWrite | CreateWrite)[] }
  | { readonly kind: 'other'; readonly write: Exclude<Write, AppendWrite | CreateWrite> };

/** Cuts a group, in its order, where a session comes a second time: one statement changes a session once. */
export function segmentsOf(group: readonly Write[]): readonly Segment[] {
  const segments: Segment[] = [];
  let writes: (AppendWrite | CreateWrite)[] = [];
  const subjects = new Set<string>();
  const cut = () => {
    if (writes.length > 0) segments.push({ kind: 'log', writes });
    writes = [];
    subjects.clear();
  };
  for (const write of group) {
    if (write.kind !== 'append' && write.kind !== 'create') {
      cut();
      segments.push({ kind: 'other', write });
      continue;
    }
    const subject = subjectOf(write);
    if (subjects.has(subject)) cut();
    subjects.add(subject);
    writes.push(write);
  }
  cut();
  return segments;
}

function subjectOf(write: AppendWrite | CreateWrite): string {
  if (write.kind === 'append') return String(write.key);
  return JSON.stringify([write.columns.tenant, write.columns.public_id]);
}
