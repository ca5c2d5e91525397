import { installedPackages } from './installed-packages.ts';
import { node22, node24 } from './installed-tools.ts';

installedPackages('npm and Node.js 22', { installer: 'npm', node: node22 });
installedPackages('pnpm and Node.js 24', { installer: 'pnpm', node: node24 });
