import { createServer } from 'node:http';

/** Serves one page of text over HTTP. Rejects when the address is not to be had. */
export async function servePage(
  where: { host: string; port: number; path: string },
  page: () => Promise<string>,
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 5_000, maxHeaderSize: 8_192 },
    (request, response) => {
      if (request.method !== 'GET' || request.url?.split('?')[0] !== where.path) {
        response.writeHead(404, { 'content-type': 'text/plain' }).end(`there is only ${where.path} here\n`);
        return;
      }
      page().then(
        (text) =>
          response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text),
        () => response.writeHead(500, { 'content-type': 'text/plain' }).end('the page could not be made\n'),
      );
    },
  );
  server.maxConnections = 100;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(where.port, where.host, resolve);
  });
  const bound = server.address();
  return {
    port: bound !== null && typeof bound === 'object' ? bound.port : where.port,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
