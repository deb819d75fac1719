// SPDX-License-Identifier: MIT
// Samplit for node:http, Connect and Express: app.use(samplit(options)) puts a visit at `request.samplit`, sets its cookies with the
// answer's head, and sends its events when the answer is out.
import { createWorkerClient } from 'samplit/worker';

// The request as the web knows it. Whatever a Host header says, there is an address.
function webRequest({ url, headers, socket }) {
  const scheme = socket.encrypted ? 'https' : 'http';
  const pairs = Object.entries(headers).map(([name, value]) => [name, String(value)]);
  try {
    return new Request(new URL(url, `${scheme}://${headers.host}`), { headers: pairs });
  } catch {
    return new Request('http://localhost/', { headers: pairs });
  }
}

/** `options` are those of createWorkerClient. The visit decides, peeks and tracks until the answer's head is written. */
export function samplit(options) {
  const client = createWorkerClient(options);
  return async (request, response, next) => {
    const visit = await client.visit(webRequest(request), {});
    const { writeHead } = response;
    response.writeHead = function (...args) {
      for (const text of visit.cookies()) response.appendHeader('set-cookie', text);
      return writeHead.apply(this, args);
    };
    response.on('finish', () => visit.flush());
    request.samplit = visit;
    next();
  };
}
