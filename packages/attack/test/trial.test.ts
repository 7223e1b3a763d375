import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { isSuccess } from "../src/oracle/refusal.ts";
import { runTrial } from "../src/technique/run-trial.ts";
import type { Judgement, Trial } from "../src/technique/technique.ts";
import type { Operation } from "../src/document/operation.ts";
import type { Call, Exchange } from "../src/wire/exchange.ts";

const operation = { key: "GET /orders/{id}" } as Operation;

function callTo(path: string): Call {
  return { method: "GET", path, headers: [], body: undefined, principal: undefined, operation };
}

/** A world in which each path gives its answers in turn, the last one for ever. */
function worldOf(script: Readonly<Record<string, readonly (readonly [number, string])[]>>) {
  const turns = new Map<string, number>();
  const sent: string[] = [];
  const send = async (call: Call): Promise<Exchange> => {
    const answers = script[call.path] ?? [];
    const turn = turns.get(call.path) ?? 0;
    turns.set(call.path, turn + 1);
    sent.push(call.path);
    const [status, text] = answers[Math.min(turn, answers.length - 1)] ?? [0, ""];
    const answer =
      status === 0
        ? undefined
        : { status, headers: [], text, json: undefined, bytes: text.length, milliseconds: 1 };
    const failure = answer === undefined ? "reset" : undefined;
    return { id: sent.length, call, sentHeaders: [], at: 0, answer, failure, technique: "T" };
  };
  return { send, succeeds: isSuccess, sent };
}

const judge: Trial["judge"] = ({ attack }): Judgement =>
  attack.answer?.text.includes("secret") === true
    ? { kind: "hit", because: "the secret is in it" }
    : { kind: "safe", because: "no secret" };

const trial: Trial = {
  operation,
  variant: "plain",
  control: callTo("/control"),
  attack: callTo("/attack"),
  twin: callTo("/twin"),
  judge,
};

const fine = [[200, "secret"]] as const;

describe("a trial", () => {
  it("is vulnerable when the attack hits twice and the twin does not", async () => {
    const world = worldOf({ "/control": fine, "/attack": fine, "/twin": [[404, ""]] });
    const outcome = await runTrial(world, trial);
    assert.equal(outcome.verdict, "vulnerable");
    assert.equal(outcome.confidence, "confirmed");
    assert.deepEqual(
      world.sent,
      ["/control", "/attack", "/twin", "/control", "/attack", "/twin"],
      "everything is sent twice",
    );
  });

  it("is protected when the attack shows nothing", async () => {
    const world = worldOf({ "/control": fine, "/attack": [[403, ""]], "/twin": [[404, ""]] });
    assert.equal((await runTrial(world, trial)).verdict, "protected");
  });

  it("is protected when something random gives the same", async () => {
    const world = worldOf({ "/control": fine, "/attack": fine, "/twin": fine });
    assert.equal((await runTrial(world, trial)).verdict, "protected");
  });

  it("is inconclusive without its control, before and after", async () => {
    const before = worldOf({ "/control": [[401, ""]], "/attack": fine, "/twin": [[404, ""]] });
    assert.equal((await runTrial(before, trial)).verdict, "inconclusive");
    const after = worldOf({
      "/control": [
        [200, ""],
        [401, ""],
      ],
      "/attack": fine,
      "/twin": [[404, ""]],
    });
    assert.equal((await runTrial(after, trial)).verdict, "inconclusive");
  });

  it("is inconclusive when the hit does not come again", async () => {
    const attack = [
      [200, "secret"],
      [403, ""],
    ] as const;
    const world = worldOf({ "/control": fine, "/attack": attack, "/twin": [[404, ""]] });
    assert.equal((await runTrial(world, trial)).verdict, "inconclusive");
  });

  it("is inconclusive when the attack is limited or gets no answer", async () => {
    for (const answer of [
      [429, ""],
      [503, ""],
      [0, ""],
    ] as const) {
      const world = worldOf({ "/control": fine, "/attack": [answer], "/twin": [[404, ""]] });
      assert.equal((await runTrial(world, trial)).verdict, "inconclusive", String(answer[0]));
    }
  });
});
