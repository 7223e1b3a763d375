import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { readFiles } from "./source-files.ts";

/** What a workflow may do that it should not, by its text. */
function faultsOf(text: string): readonly string[] {
  const faults: string[] = [];
  for (const [, action = ""] of text.matchAll(/^\s*-?\s*uses:\s*(.+)$/gm))
    if (!/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))
      faults.push(`${action} is not pinned to a commit, with its version beside it`);
  if (!/^permissions: \{\}$/m.test(text)) faults.push("the workflow has permissions of its own");
  const jobs = (text.split(/^jobs:\n/m)[1] ?? "").split(/^ {2}(?=[\w-]+:\n)/m).slice(1);
  if (jobs.length === 0) faults.push("no job was found");
  for (const job of jobs) {
    const name = job.slice(0, job.indexOf(":"));
    if (!/^ {4}permissions:\n(?: {6}[\w-]+: read\n)+/m.test(job))
      faults.push(`${name} may do more than read, or does not say what`);
    if (!/^ {4}timeout-minutes: \d+$/m.test(job)) faults.push(`${name} may run for ever`);
  }
  if (/\bcheckout@/.test(text) && !/persist-credentials: false/.test(text))
    faults.push("the checkout leaves its credentials behind");
  if (/pull_request_target|\$\{\{\s*(?:github\.event|github\.head_ref|secrets)/.test(text))
    faults.push("what a stranger wrote, or a secret, gets into a command");
  return faults;
}

describe("the workflows", () => {
  it("can only read, run what is pinned, and end", () => {
    const workflows = readFiles(".github/workflows/*.yml");
    assert.ok(workflows.length > 0);
    for (const { path, text } of workflows) assert.deepEqual(faultsOf(text), [], path);
  });

  it("would not pass otherwise", () => {
    const [{ text } = { text: "" }] = readFiles(".github/workflows/check.yml");
    for (const [from, to] of [
      [/@[0-9a-f]{40} # v/, "@v"],
      [/^permissions: \{\}\n/m, ""],
      ["contents: read", "contents: write"],
      [/ {4}timeout-minutes: \d+\n/, ""],
      [/persist-credentials: false/g, "persist-credentials: true"],
      ["run: .ci/run", "run: echo ${{ github.event.pull_request.title }}"],
    ] as const) {
      const changed = text.replace(from, to);
      assert.notEqual(changed, text, String(from));
      assert.equal(faultsOf(changed).length, 1, String(from));
    }
  });
});
