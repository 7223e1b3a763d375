/** What may stand for the address of a database (OWASP API8:2023). */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createStore } from "sekisho/store";

describe("the address of a store", () => {
  const misspelt = ["postgres:/user@db/shop", "postgre://db/shop", "mysql://db/shop", "memory:x"];
  for (const url of misspelt)
    it(`${url} is refused instead of being taken for a folder`, async () => {
      await assert.rejects(createStore({ url, migrations: [] }), TypeError);
    });

  it("memory: is one", async () => {
    const store = await createStore({ url: "memory:", migrations: [] });
    assert.equal(store.kind, "embedded");
    await store.close();
  });
});
