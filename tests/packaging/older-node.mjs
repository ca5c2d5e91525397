// Makes a process believe that it is an older Node.js, and refuses it the module that would crash there.
import { registerHooks } from 'node:module';

Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });
Object.defineProperty(process, 'version', { value: 'v20.20.2' });
registerHooks({
  resolve(specifier, context, next) {
    if (specifier === 'better-sqlite3') throw new Error('better-sqlite3 was loaded');
    return next(specifier, context);
  },
});
