import { createServer, type Server, type Socket } from 'node:net';

export interface Listening {
  readonly address: string;
  readonly port: number;
  /** Stops taking connections; those taken stay. */
  close(): Promise<void>;
}

/**
 * Listens on an address. Several workers may share it: the kernel hands each connection to one of them.
 * Rejects with a sentence that names the address and the remedy.
 */
export function listen(
  options: { host: string; port: number; shared: boolean; backlog: number },
  take: (socket: Socket) => void,
): Promise<Listening> {
  const server = createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: false }, take);
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(explain(error, `${options.host}:${options.port}`), { cause: error })),
    );
    server.listen(
      { host: options.host, port: options.port, reusePort: options.shared, backlog: options.backlog },
      () => {
        server.removeAllListeners('error');
        server.on('error', () => undefined);
        resolve(toListening(server));
      },
    );
  });
}

/**
 * Rejects as `listen` does when anybody listens there. Who shares an address is not told of others who share it: another server
 * would get a part of its connections in silence.
 */
export async function expectFree(address: { host: string; port: number }): Promise<void> {
  const probe = await listen({ ...address, shared: false, backlog: 1 }, (socket) => socket.destroy());
  await probe.close();
}

function toListening(server: Server): Listening {
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the listener has no address');
  return {
    address: bound.address,
    port: bound.port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function explain(error: NodeJS.ErrnoException, where: string): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `cannot listen on ${where}: another program does; stop it or choose another port`;
    case 'EACCES':
      return `cannot listen on ${where}: no permission; give the program CAP_NET_BIND_SERVICE or choose a port above 1023`;
    case 'EADDRNOTAVAIL':
      return `cannot listen on ${where}: this machine does not have that address`;
    default:
      return `cannot listen on ${where}: ${error.message}`;
  }
}
