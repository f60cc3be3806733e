import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import type { Clock } from '../base/clock.ts';

/** Takes the server's side of a TLS handshake on a connected socket. Rejects when it fails or takes too long. */
export function handshake(
  socket: Socket,
  options: { secure: SecureContext; clock: Clock; timeoutMs: number },
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secure = new TLSSocket(socket, { isServer: true, secureContext: options.secure });
    const timer = options.clock.after(options.timeoutMs, () =>
      fail(new Error('the handshake took too long')),
    );
    const fail = (error: Error): void => {
      timer.cancel();
      secure.destroy();
      socket.destroy();
      reject(error);
    };
    const gone = (): void => fail(new Error('the client went away'));
    secure.on('error', fail);
    secure.on('close', gone);
    secure.once('secure', () => {
      timer.cancel();
      // One by one: `removeAllListeners` makes the table of listeners a dictionary of half a kilobyte.
      secure.off('error', fail);
      secure.off('close', gone);
      resolve(secure);
    });
  });
}

/** `TLSv1.3 TLS_AES_256_GCM_SHA384` of a socket whose handshake is done. */
export function tlsName(socket: TLSSocket): string {
  return `${socket.getProtocol() ?? 'TLS'} ${socket.getCipher().name}`;
}
