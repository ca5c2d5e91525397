#!/usr/bin/env node

// better-sqlite3 crashes without a word on an older Node.js, so the version is judged before anything else loads.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`perdure needs Node.js 22.18 or newer; this is ${process.versions.node}.`);
  process.exit(1);
}

const { runCommandLine } = await import('./command-line.ts');
await runCommandLine(process.argv);
