// SPDX-License-Identifier: MIT
// The API reference, from the types that `npm run build` put beside the entries: node wasm/api.mjs > docs/api.md
// Declarations stand as TypeScript prints them, each once, under the first entry that exports it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';

const dist = fileURLToPath(new URL('../build/wasm/dist', import.meta.url));
const entries = [
  ['samplit', 'samplit'], ['samplit/worker', 'worker'], ['samplit/snippet', 'snippet'], ['samplit/devtools', 'devtools'], ['samplit/core', 'index'],
  ['samplit/openfeature-web', 'openfeature_web'], ['samplit/openfeature-server', 'openfeature_server'],
];

const fileOf = (path) => join(dist, `${path.replace(/^\.\//, '').replace(/\.js$/, '')}.d.ts`);

// Top-level exported declarations of a file: name, its comment, and its text.
function declarations(path) {
  const text = readFileSync(fileOf(path), 'utf8');
  const found = new Map();
  const start = /^(\/\*\*(?:[^*]|\*(?!\/))*\*\/\n)?export (?:declare )?(?:class|function|const|interface|type) (\w+)/gm;
  for (const match of text.matchAll(start)) {
    const from = match.index + (match[1]?.length ?? 0);
    const isBlock = /^export (declare )?(class|interface) /.test(text.slice(from));
    const close = isBlock ? text.indexOf('\n}', from) + 2 : text.slice(from).search(/;\n(?![ }])/) + from + 1;
    found.set(match[2], { comment: match[1], text: text.slice(from, close).replace(/^export (declare )?/, '').replace(/^ +#private;\n/m, '') });
  }
  return found;
}

// [name, file] of all that an entry exports, in order.
function exported(path) {
  const text = readFileSync(fileOf(path), 'utf8');
  const names = [...declarations(path).keys()].map((name) => [name, path]);
  for (const [, list, from] of text.matchAll(/^export (?:type )?(\*|\{[^}]*\}) from '(.*)';$/gm)) {
    if (list !== '*') names.push(...list.slice(1, -1).split(',').map((name) => [name.trim(), from]));
    else names.push(...exported(from));
  }
  return names;
}

const prose = (comment) => (comment ?? '').replace(/^\/\*\*|\*\/$/gm, '').replace(/^ *\* ?/gm, '').trim();

function section(name, path) {
  const found = declarations(path).get(name) ?? declarations(exported(path).find(([one]) => one === name)[1]).get(name);
  const about = prose(found.comment);
  return `### ${name}\n\n${about && `${about}\n\n`}\`\`\`ts\n${found.text}\n\`\`\`\n`;
}

export function generateApi() {
  const seen = new Set();
  const parts = entries.map(([entry, path]) => {
    const names = exported(path).filter(([name]) => !seen.has(name) && seen.add(name));
    return `## \`${entry}\`\n\n${names.map(([name, from]) => section(name, from)).join('\n')}`;
  });
  return `# API

Generated from the types by \`npm run api\`; [client.md](client.md) is the guide. What an entry shares with one above it is listed there
once.

${parts.join('\n')}
## \`samplit/wasm\`

The compiled module, as workers import it; in Node, Deno and Bun it is compiled when it is imported.
`;
}

if (argv[1] === fileURLToPath(import.meta.url)) stdout.write(generateApi());
