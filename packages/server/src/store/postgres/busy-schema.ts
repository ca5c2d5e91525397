export const busySchema = () => new Error('Something else writes to the schema: a write finds no end.');
