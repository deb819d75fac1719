// SPDX-License-Identifier: MIT
// The README's tour, command by command, on the built program.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { samplit, samplitOk, temporaryFolder } from "./program.mjs";

const LEVELS = ["--levels", "country,device,source", "--min-samples", "1000,500,200"];
const VISITORS = 200000;
const folder = temporaryFolder();

// Fails unless `counted` of `trials` is what the chance `p` would give, within five standard errors.
function assertShare(counted, trials, p, what) {
  const error = Math.sqrt((p * (1 - p)) / trials);
  assert.ok(Math.abs(counted / trials - p) < 5 * error, `${what}: ${counted} of ${trials} is not ${p} ± ${5 * error}`);
}

// Every node of a tree by its segment's key.
function bySegment(node, found = {}) {
  found[node.segment] = node;
  for (const child of node.children) bySegment(child, found);
  return found;
}

before(() => {
  samplitOk(folder, ["simulate", "--visitors", String(VISITORS), "--seed", "1", "--out", "events.ndjson", "--bundle-out", "uniform.safetensors"]);
  samplitOk(folder, ["learn", "events.ndjson", ...LEVELS, "--out", "bundle.safetensors"]);
});

describe("from events to a decision", () => {
  test("the tree has the segments of the default world, with their visits and rates", () => {
    const tree = samplitOk(folder, ["tree", "bundle.safetensors", "--format", "ascii"]);
    assert.match(tree, /^global/m);
    assert.match(tree, /US/);
    assert.match(tree, /newsletter/);
    for (const format of ["html", "dot"]) assert.match(samplitOk(folder, ["tree", "bundle.safetensors", "--format", format]), /newsletter/);
    const segments = bySegment(JSON.parse(samplitOk(folder, ["tree", "bundle.safetensors", "--format", "json"])).tree);
    const world = [
      // segment, its visits of the world's 120,000 a week, its rate under uniform traffic; whether it serves on its own: mobile
      // visitors in the US get what those of the country get, and so do those of them from instagram, who are no segment
      ["country:US", 63000, 0.06, true],
      ["country:US|device:mobile", 35000, 0.075, false],
      ["country:US|device:mobile|source:google", 10000, 0.065, true],
      ["country:US|device:mobile|source:direct", 10000, 0.0625, true],
      ["country:US|device:desktop", 25000, 0.045, true],
      ["country:GB", 20000, 0.04, true],
    ];
    assert.equal(segments["country:US|device:mobile|source:instagram"], undefined);
    for (const [key, visits, rate, serves] of world) {
      const node = segments[key];
      assert.equal(Boolean(node?.serves), serves, `${key} is in the tree and serves or not`);
      assertShare(node.exposures, segments.global.exposures, visits / 120000, `visits of ${key}`);
      assertShare(node.rate * node.exposures, node.exposures, rate, `rate of ${key}`);
      assert.ok(node.interval[0] < node.rate && node.rate < node.interval[1], key);
    }
  });

  test("learning twice gives the same bytes", () => {
    samplitOk(folder, ["learn", "events.ndjson", ...LEVELS, "--out", "again.safetensors"]);
    assert.deepEqual(readFileSync(join(folder, "again.safetensors")), readFileSync(join(folder, "bundle.safetensors")));
  });

  test("commands join by pipes", () => {
    const events = samplitOk(folder, ["simulate", "--visitors", "5000", "--seed", "3", "--out", "-"]);
    samplitOk(folder, ["learn", "-", ...LEVELS, "--out", "piped.safetensors"], { input: events });
    const inspected = JSON.parse(samplitOk(folder, ["bundle", "inspect", "piped.safetensors", "--json"]));
    assert.equal(inspected.id_matches, true);
    assert.deepEqual(inspected.experiments.map((e) => e.key), ["hero"]);
    assert.deepEqual(inspected.experiments[0].variants.map((v) => v.name), ["control", "social-proof", "urgency"]);
    samplitOk(folder, ["simulate", "--visitors", "5000", "--seed", "3", "--out", "few.ndjson"]);
    assert.equal(events, readFileSync(join(folder, "few.ndjson"), "utf8"));
    samplitOk(folder, ["learn", "few.ndjson", ...LEVELS, "--out", "few.safetensors"]);
    // The lineage calls standard input "-", so the ids differ; what is served must not.
    const files = ["piped", "few"].map((name) => samplitOk(folder, ["bundle", "inspect", `${name}.safetensors`, "--json"]));
    const plain = (text) => text.replace(/"(id|name)":\t"([0-9a-f]{32}|-|few\.ndjson)"/g, '"$1"');
    assert.notEqual(files[0], files[1]);
    assert.equal(plain(files[0]), plain(files[1]));
    const inputs = files.map((text) => text.match(/"blake2b":\t"([0-9a-f]{64})"/)?.[1]);
    assert.ok(inputs[0]);
    assert.equal(inputs[0], inputs[1]);
    assert.match(samplitOk(folder, ["bundle", "diff", "few.safetensors", "piped.safetensors"]), /nobody is served differently/);
  });

  test("a decision is the same by raw fields and by the attributes they mean", () => {
    const decide = (context) =>
      JSON.parse(samplitOk(folder, ["decide", "bundle.safetensors", "--unit", "u1", "--context", JSON.stringify(context), "--json"]));
    const raw = decide({ country: "US", utm_source: "instagram", user_agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1" });
    const plain = decide({ country: "US", source: "instagram", device: "mobile" });
    assert.equal(raw.segment, plain.segment);
    assert.equal(raw.variant, plain.variant);
    assert.equal(raw.propensity, plain.propensity);
  });

  test("logged decisions replay with the bundle that made them, all of them, and with no other", () => {
    const report = JSON.parse(samplitOk(folder, ["replay", "uniform.safetensors", "events.ndjson", "--json"]));
    assert.deepEqual([report.checked, report.equal, report.different, report.first], [VISITORS, VISITORS, 0, null]);
    const wrong = samplit(folder, ["replay", "bundle.safetensors", "events.ndjson"]);
    assert.equal(wrong.status, 1);
    assert.match(wrong.err, /nothing is recomputed: .*200000 were made with another bundle/);
  });

  test("a decision changed in the log is found", () => {
    const lines = readFileSync(join(folder, "events.ndjson"), "utf8").split("\n");
    const at = lines.findIndex((line, i) => i > 1000 && line.includes('"trace":"'));
    lines[at] = lines[at].replace(/"trace":"(.)/, (_, digit) => `"trace":"${digit === "0" ? "1" : "0"}`);
    writeFileSync(join(folder, "changed.ndjson"), lines.join("\n"));
    const run = samplit(folder, ["replay", "uniform.safetensors", "changed.ndjson"]);
    assert.equal(run.status, 1);
    assert.match(run.out + run.err, new RegExp(`\\b${at + 1}\\b`));
  });

  test("the learned policy is worth more than uniform and than the best arm on visitors it never saw", () => {
    samplitOk(folder, ["learn", "events.ndjson", "--fold", "0/2", ...LEVELS, "--out", "half.safetensors"]);
    const report = JSON.parse(samplitOk(folder, ["evaluate", "half.safetensors", "events.ndjson", "--fold", "1/2", "--json"]));
    for (const over of ["best_single_arm", "uniform"]) {
      const gain = report.gains.find((g) => g.policy === "bundle" && g.over === over);
      assert.ok(gain.snips.low > 0, `${over}: ${JSON.stringify(gain.snips)}`);
    }
  });
});

describe("bad input", () => {
  test("a cut bundle gives the control with reason default, and the error names what is wrong", () => {
    const whole = readFileSync(join(folder, "bundle.safetensors"));
    writeFileSync(join(folder, "cut.safetensors"), whole.subarray(0, whole.length - 9));
    const run = samplit(folder, ["decide", "cut.safetensors", "--unit", "u1", "--context", "{}", "--json"]);
    assert.equal(run.status, 1);
    assert.equal(JSON.parse(run.out).reason, "default");
    assert.match(run.err, /cut\.safetensors: [\w.]+: .+ \(at \d+\); expected /); // file, tensor, position, expectation
  });

  test("misuse exits with 2 and says where help is", () => {
    for (const args of [["nonsense"], ["learn"], ["tree", "bundle.safetensors", "--format", "gif"], ["simulate", "--visitors", "-1"]]) {
      const run = samplit(folder, args);
      assert.equal(run.status, 2, args.join(" "));
      assert.match(run.err, /help/);
    }
  });

  test("what is missing on disk exits with 1 and names the file", () => {
    for (const args of [["tree", "none.safetensors"], ["learn", "none.ndjson", ...LEVELS, "--out", "x.safetensors"]]) {
      const run = samplit(folder, args);
      assert.equal(run.status, 1, args.join(" "));
      assert.match(run.err, /none\./);
    }
  });
});

test("every command has help with an example", () => {
  const help = samplitOk(folder, ["--help"]);
  for (const command of ["simulate", "import", "learn", "bundle", "tree", "decide", "replay", "evaluate", "bench"]) {
    assert.match(help, new RegExp(`\\b${command}\\b`));
    assert.match(samplitOk(folder, [command, "--help"]), /Example/, command);
  }
});
