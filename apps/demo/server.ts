// The server's process: started, watched and now and then killed by supervisor.ts.
import { serveDemo } from './server/serve-demo.ts';
import { readServerOptions } from './server/read-server-options.ts';

try {
  const options = await readServerOptions(process.argv.slice(2), process.env);
  const server = await serveDemo(options);
  process.send?.({ ready: server.url });

  let isEnding = false;
  const end = async () => {
    if (isEnding) process.exit(1);
    isEnding = true;
    await server.close();
    process.exit(0);
  };
  process.on('SIGTERM', end);
  // The terminal's Ctrl-C is the supervisor's to hear; with no supervisor left, the end has come.
  process.on('SIGINT', () => {});
  process.on('disconnect', end);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
