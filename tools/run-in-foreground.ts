// `node tools/run-in-foreground.ts COMMAND ...`: runs a server that lives and dies with the command a person typed.
import { spawn } from 'node:child_process';
import { isAlive, packageManagersAbove } from './process-chain.ts';

const [command = '', ...args] = process.argv.slice(2);
const above = packageManagersAbove();

// Listening comes first: a signal that found nobody would end this process and leave the server behind.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    clearInterval(watch);
    child.kill(signal);
  });
}

// In a process group of its own: otherwise Ctrl+C would reach it twice, and a second signal means "exit now".
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true });

// npx does not pass a signal on to pnpm. Unless the end of one of them is taken for a signal, a killed
// `npx pnpm perdure serve` leaves its server behind, holding its port and its data.
const watch = setInterval(() => {
  if (above.every(isAlive)) return;
  clearInterval(watch);
  child.kill('SIGTERM');
}, 500);

child.once('error', (error) => {
  clearInterval(watch);
  console.error(`${command}: ${error.message}`);
  process.exitCode = 127;
});
child.once('exit', (code) => {
  clearInterval(watch);
  process.exitCode = code ?? 1;
});
