/** docs/configuration.md says of every setting what settings.ts says, and of no other. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { productionRules, settingsSchema } from "@sekisho/shop";

const document = readFileSync(new URL("../../../docs/configuration.md", import.meta.url), "utf8");

interface Row {
  readonly fallback: string;
  readonly meaning: string;
  readonly refusal: string;
}

const rows: ReadonlyMap<string, Row> = new Map(
  [...document.matchAll(/^\| `(\w+)` \| (.*?) \| (.*?) \| ?(.*?) ?\|$/gm)].map(
    ([, name = "", fallback = "", meaning = "", refusal = ""]) => [
      name,
      { fallback, meaning, refusal },
    ],
  ),
);
const schema = settingsSchema(false);

/** A default as the document writes it. */
function written(value: unknown): string {
  if (value === undefined) return "none";
  if (Array.isArray(value) && value.length === 0) return "empty";
  return typeof value === "string" ? `\`${value}\`` : `\`${JSON.stringify(value)}\``;
}

describe("the document of the settings", () => {
  it("has a row for each setting and none for another", () => {
    assert.deepEqual([...rows.keys()].toSorted(), Object.keys(schema).toSorted());
  });

  for (const [name, setting] of Object.entries(schema))
    it(`says what ${name} is without a value, and whether it is a secret`, () => {
      assert.equal(rows.get(name)?.fallback, written(setting.fallback?.value));
      assert.equal(rows.get(name)?.meaning.startsWith("Secret. "), setting.secret);
    });

  it("says that the log is more talkative in production", () => {
    assert.equal(settingsSchema(true).SHOP_LOG.fallback?.value, "info");
    assert.match(rows.get("SHOP_LOG")?.meaning ?? "", /`info` in production/);
  });

  it("quotes each rule of production, and no rule that does not exist", () => {
    assert.ok(productionRules.length >= 5);
    for (const name of rows.keys()) {
      const reasons = productionRules
        .filter(({ setting }) => setting === name)
        .map(({ reason }) => reason);
      assert.equal(rows.get(name)?.refusal, reasons.join("; "), name);
    }
  });
});
