// SPDX-License-Identifier: MIT
// Runs the built program, as a user would, in a folder of its own.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const program = process.env.SAMPLIT ?? join(root, "build/release/samplit");

// Runs `samplit ...args` in `folder`; stdin may be given. Returns { status, out, err }.
export function samplit(folder, args, { input, env } = {}) {
  const run = spawnSync(program, args, {
    cwd: folder,
    input,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    env: { ...process.env, ...env },
  });
  if (run.error) throw run.error;
  return { status: run.status, out: run.stdout, err: run.stderr };
}

// The same, for commands that must succeed.
export function samplitOk(folder, args, options) {
  const run = samplit(folder, args, options);
  if (run.status !== 0) throw new Error(`samplit ${args.join(" ")}: exit ${run.status}\n${run.err}`);
  return run.out;
}

// A folder for one test file, removed when its process ends.
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), "samplit-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
