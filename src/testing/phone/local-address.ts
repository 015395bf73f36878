import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** The IPv4 address that packets to this host (an IPv4 address) leave from; nothing is sent. Rejects when there is no way there. */
export async function localAddressTowards(host: string, port: number): Promise<string> {
  const socket = createSocket('udp4');
  try {
    socket.connect(port, host);
    await once(socket, 'connect');
    return socket.address().address;
  } finally {
    socket.close();
  }
}
