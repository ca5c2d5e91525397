import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether only this machine reaches an address: the one a server is bound to, or came in by. Never that of a peer. */
export function isLoopback(address: string): boolean {
  const plain = address.replace(/^\[(.*)\]$/, '$1').replace(/^::ffff:(?=\d+\.)/i, '');
  switch (isIP(plain)) {
    case 4:
      return loopback.check(plain, 'ipv4');
    case 6:
      return loopback.check(plain, 'ipv6');
    default:
      return plain.toLowerCase() === 'localhost';
  }
}
