// SPDX-License-Identifier: MIT
// Drives a Firefox by Marionette, the protocol that geckodriver speaks to it: [0, id, command, parameters] and [1, id, error, result] as
// JSON behind its size, over TCP. Playwright drives only builds of its own; Debian has no geckodriver; BiDi wants a WebSocket
// client, which Node 18 has not.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

export const firefoxPath = process.env.FIREFOX ?? '/usr/bin/firefox-esr';
export const hasFirefox = existsSync(firefoxPath);

// Any free port, and nothing asked of the world outside.
const preferences = {
  'marionette.port': 0,
  'network.proxy.type': 1,
  'network.proxy.socks': '127.0.0.1',
  'network.proxy.socks_port': 9, // discards: only loopback goes past the proxy
  'datareporting.policy.dataSubmissionEnabled': false,
  'app.normandy.enabled': false,
};

async function portOf(profile, firefox) {
  const file = join(profile, 'MarionetteActivePort');
  for (let tries = 0; tries < 600; tries++) {
    if (firefox.exitCode !== null) throw new Error(`${firefoxPath} ended with ${firefox.exitCode}`);
    const port = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
    if (port) return port;
    await wait(50);
  }
  throw new Error(`${firefoxPath} does not listen`);
}

/** Takes whole messages off the front of the bytes that came; returns them and the rest. */
export function takeMessages(bytes) {
  const messages = [];
  for (;;) {
    const colon = bytes.indexOf(':');
    const end = colon + 1 + Number(bytes.subarray(0, colon));
    if (colon < 0 || bytes.length < end) return { messages, rest: bytes };
    messages.push(JSON.parse(bytes.subarray(colon + 1, end)));
    bytes = bytes.subarray(end);
  }
}

function makeCaller(socket) {
  const waiting = new Map();
  let came = Buffer.alloc(0);
  const fail = (error) => waiting.forEach(({ reject }) => reject(error));
  socket.on('data', (data) => {
    const { messages, rest } = takeMessages(Buffer.concat([came, data]));
    came = rest;
    for (const [kind, id, error, result] of messages.filter(Array.isArray)) {
      if (kind === 1) error ? waiting.get(id)?.reject(new Error(error.message)) : waiting.get(id)?.resolve(result);
    }
  });
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('Firefox hung up')));
  return (command, parameters = {}) => new Promise((resolve, reject) => {
    waiting.set(waiting.size, { resolve, reject });
    const text = JSON.stringify([0, waiting.size - 1, command, parameters]);
    socket.write(`${Buffer.byteLength(text)}:${text}`);
  });
}

// Marionette runs scripts in a sandbox with globals of its own; the page's eval has the task run in the page. Texts go in and out.
const inPage = `const [task, text, done] = arguments;
  window.eval('async (text) => { try { return JSON.stringify({ value: await (' + task + ')(JSON.parse(text)) }); }'
    + ' catch (error) { return JSON.stringify({ error: String(error) }); } }')(text).then(done);`;

/** Starts Firefox without a window, on a page. `run` calls an async function in the page with one argument and gives its result. */
export async function openFirefox(url) {
  const profile = mkdtempSync(join(tmpdir(), 'samplit-firefox-'));
  const lines = Object.entries(preferences).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});\n`);
  writeFileSync(join(profile, 'user.js'), lines.join(''));
  const args = ['--headless', '--no-remote', '--marionette', '--profile', profile];
  const firefox = spawn(firefoxPath, args, { stdio: 'ignore', env: { ...process.env, HOME: profile } });
  const ended = new Promise((done) => firefox.on('exit', done));
  async function close() {
    firefox.kill('SIGKILL');
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
  try {
    const call = makeCaller(connect(await portOf(profile, firefox), '127.0.0.1'));
    const { capabilities } = await call('WebDriver:NewSession', { timeouts: { script: 600_000 } });
    await call('WebDriver:Navigate', { url });
    const run = async (task, argument = null) => {
      const answer = await call('WebDriver:ExecuteAsyncScript', { script: inPage, args: [String(task), JSON.stringify(argument)] });
      const { value, error } = JSON.parse(answer.value);
      if (error) throw new Error(error);
      return value;
    };
    return { version: capabilities.browserVersion, run, close };
  } catch (error) {
    await close();
    throw error;
  }
}
