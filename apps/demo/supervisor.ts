// What `pnpm demo` starts: keeps the server's process alive, and can end it like a crash. See README.md.
import { startSupervisor } from './supervisor/start-supervisor.ts';
import { readOptions } from './supervisor/read-options.ts';

const options = readOptions(process.argv.slice(2), process.env);
if ('mistake' in options) {
  console.error(options.mistake);
  process.exitCode = 1;
} else {
  process.exitCode = await startSupervisor(options);
}
