import { strict as assert } from "node:assert";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { holes } from "@sekisho/shop-vulnerable";
import { accessProofs } from "./proof/access.ts";
import { flowProofs } from "./proof/flows.ts";
import { identityProofs } from "./proof/identity.ts";
import { propertyProofs } from "./proof/properties.ts";
import { surfaceProofs } from "./proof/surface.ts";
import { startWorld, type World } from "./world.ts";

const app = join(import.meta.dirname, "..");
const ids = holes.map(({ id }) => id);

describe("the table of the holes", () => {
  it("says the same as the data", () => {
    const rows = readFileSync(join(app, "HOLES.md"), "utf8")
      .split("\n")
      .filter((line) => line.startsWith("| V-"));
    const expected = holes.map(
      ({ id, risk, endpoint, hole, techniques }) =>
        `| ${id} | ${risk} | \`${endpoint}\` | ${hole} | ${techniques.join(", ")} |`,
    );
    assert.deepEqual(rows, expected);
  });

  it("counts the holes of each risk from one, and has at least three of each", () => {
    for (let number = 1; number <= 10; number++) {
      const risk = `API${number}`;
      const own = holes.filter((hole) => hole.risk === risk).map(({ id }) => id);
      assert.ok(own.length >= 3, `${risk} has ${own.length}`);
      assert.deepEqual(
        own,
        own.map((_id, index) => `V-${risk}-${String(index + 1).padStart(2, "0")}`),
      );
    }
    assert.equal(new Set(ids).size, holes.length);
  });

  it("names a technique for each, in the form of the catalogue", () => {
    for (const { id, techniques } of holes) {
      assert.ok(techniques.length > 0, id);
      for (const technique of techniques) assert.match(technique, /^[A-Z]\d?-\d{2}$/, id);
    }
  });

  it("has each hole marked once in the source, and no other mark is there", () => {
    const source = globSync("src/*.ts", { cwd: app })
      .map((path) => readFileSync(join(app, path), "utf8"))
      .join("\n");
    const marks = [...source.matchAll(/\/\/ hole (V-API\d+-\d+)/g)].map(([, id = ""]) => id);
    assert.deepEqual(marks.toSorted(), ids.toSorted());
  });
});

describe("each hole is there:", () => {
  let world: World;
  before(async () => {
    world = await startWorld();
  });
  after(async () => world.close());

  const proofs = {
    ...accessProofs,
    ...identityProofs,
    ...propertyProofs,
    ...flowProofs,
    ...surfaceProofs,
  };

  it("none lacks a proof, and no proof lacks a hole", () => {
    assert.deepEqual(Object.keys(proofs).toSorted(), ids.toSorted());
  });

  for (const { id, hole } of holes)
    it(`${id}: ${hole}`, async () => {
      const proof = proofs[id];
      assert.ok(proof !== undefined);
      await proof(world);
    });
});
