/**
 * Farmers and their sheep. The document is a page of YAML somebody wrote once: paths, verbs, and
 * no schema at all. Farmers sign in with a name and a password in every request.
 *
 * @module
 */

import { empty, json, serve, text, type Answer, type Incoming } from "./serve.ts";
import { hole, type Target } from "./target.ts";

const ok = { responses: { default: { description: "it depends" } } };

const openApi = {
  openapi: "3.0.0",
  info: { title: "sheep", version: "0" },
  security: [{ basic: [] }],
  components: { securitySchemes: { basic: { type: "http", scheme: "basic" } } },
  paths: {
    "/farmers": {
      get: { ...ok, description: "names and ids of all farmers, for all farmers" },
      post: {
        ...ok,
        security: [],
        description: "new farmer",
        requestBody: {
          content: { "application/json": { example: { name: "shaun", password: "baa-baa-42" } } },
        },
      },
    },
    "/farmers/{farmerId}": {
      get: { ...ok, description: "yourself" },
      patch: {
        ...ok,
        description: "change your name or your farm",
        requestBody: { content: { "application/json": { example: { farm: "Mossy Bottom" } } } },
      },
    },
    "/farmers/{farmerId}/sheep": {
      get: { ...ok, description: "your sheep" },
      post: {
        ...ok,
        description: "a new sheep",
        requestBody: { content: { "application/json": { example: { name: "Timmy" } } } },
      },
    },
    "/farmers/{farmerId}/sheep/{sheepId}": { get: { ...ok, description: "one of your sheep" } },
    "/sheep/{sheepId}": {
      patch: {
        ...ok,
        description: "rename your sheep",
        requestBody: { content: { "application/json": { example: { name: "Shirley" } } } },
      },
      delete: { ...ok, description: "sell your sheep" },
    },
    "/sheep/{sheepId}/shear": { post: { ...ok, description: "your sheep's wool, once" } },
    "/admin/farmers": { get: { ...ok, description: "admins: everything about all farmers" } },
    "/admin/farmers/{farmerId}": { delete: { ...ok, description: "admins: farmer gone" } },
  },
};

interface Farmer {
  readonly id: number;
  name: string;
  password: string;
  farm: string;
  phone: string;
  isAdmin: boolean;
}

interface Sheep {
  readonly id: number;
  name: string;
  farmerId: number;
  note: string;
  shorn: boolean;
}

const nobody = json(401, { error: "who are you?" }, { "www-authenticate": "Basic" });
const nothing = json(404, { error: "nothing here" });
const foreign = json(403, { error: "not yours" });

class Meadow {
  readonly farmers = new Map<number, Farmer>();
  readonly sheep = new Map<number, Sheep>();
  #last = 0;

  arrive(name: string, password: string, isAdmin = false): Farmer {
    const id = (this.#last += 1);
    const farmer = { id, name, password, farm: `${name}'s farm`, phone: `555-${id}`, isAdmin };
    this.farmers.set(id, farmer);
    return farmer;
  }

  born(farmerId: number, name: string, note = ""): Sheep {
    const id = (this.#last += 1);
    const sheep = { id, name, farmerId, note, shorn: false };
    this.sheep.set(id, sheep);
    return sheep;
  }

  #caller(request: Incoming): Farmer | undefined {
    const encoded = /^Basic (\S+)$/.exec(request.header("authorization"))?.[1] ?? "";
    const [name, ...password] = Buffer.from(encoded, "base64").toString().split(":");
    return [...this.farmers.values()].find(
      (farmer) => farmer.name === name && farmer.password === password.join(":"),
    );
  }

  as(handler: (request: Incoming, farmer: Farmer) => Answer): (request: Incoming) => Answer {
    return (request) => {
      const farmer = this.#caller(request);
      return farmer === undefined ? nobody : handler(request, farmer);
    };
  }

  /** Only the farmer whom the path names. */
  own(handler: (request: Incoming, farmer: Farmer) => Answer): (request: Incoming) => Answer {
    return this.as((request, farmer) =>
      String(farmer.id) === request.parameter("farmerId") ? handler(request, farmer) : foreign,
    );
  }

  admin(handler: (request: Incoming) => Answer): (request: Incoming) => Answer {
    return this.as((request, { isAdmin }) => (isAdmin ? handler(request) : foreign));
  }

  flock(request: Incoming): readonly Sheep[] {
    const farmerId = Number(request.parameter("farmerId"));
    return [...this.sheep.values()].filter((sheep) => sheep.farmerId === farmerId);
  }

  named(request: Incoming): Sheep | undefined {
    return this.sheep.get(Number(request.parameter("sheepId")));
  }

  register({ body }: Incoming): Answer {
    const [name, password] = [text(body["name"]), text(body["password"])];
    if (name === "" || password === "") return json(400, { error: "name and password" });
    if ([...this.farmers.values()].some((farmer) => farmer.name === name))
      return json(409, { error: "taken" });
    const { id, farm } = this.arrive(name, password);
    return json(201, { id, name, farm }, { location: `/farmers/${id}` });
  }

  patchFarmer({ body }: Incoming, farmer: Farmer): Answer {
    const { id: _, ...changes } = body;
    Object.assign(farmer, changes);
    return empty();
  }

  patchSheep(request: Incoming, farmer: Farmer): Answer {
    const sheep = this.named(request);
    if (sheep === undefined) return nothing;
    // A sheep that comes to the caller's farm is the caller's: checked against the new owner.
    const owner = Number(request.body["farmerId"] ?? sheep.farmerId);
    if (owner !== farmer.id) return foreign;
    sheep.farmerId = owner;
    sheep.name = text(request.body["name"]) || sheep.name;
    return json(200, sheep);
  }

  sell(request: Incoming, farmer: Farmer): Answer {
    const sheep = this.named(request);
    if (sheep === undefined) return nothing;
    if (sheep.farmerId !== farmer.id) return foreign;
    this.sheep.delete(sheep.id);
    return empty();
  }

  shear(request: Incoming, farmer: Farmer): Answer {
    const sheep = this.named(request);
    if (sheep === undefined) return nothing;
    if (sheep.farmerId !== farmer.id) return foreign;
    if (sheep.shorn) return json(409, { error: "already naked" });
    sheep.shorn = true;
    return json(200, { wool: 3 });
  }
}

async function start(): ReturnType<Target["start"]> {
  const meadow = new Meadow();
  const people = [
    meadow.arrive("alice", "alices-crook-7"),
    meadow.arrive("bob", "bobs-crook-7"),
    meadow.arrive("bopeep", "lost-her-sheep-7", true),
  ];
  for (const { id, name } of people.slice(0, 2))
    for (const sheep of ["Dolly", "Molly"])
      meadow.born(id, `${name}'s ${sheep}`, `the ear mark is ${name[0]}-${id * 7919}`);
  const running = await serve(
    {
      "GET /farmers": meadow.as(() =>
        json(
          200,
          [...meadow.farmers.values()].map(({ id, name }) => ({ id, name })),
        ),
      ),
      "POST /farmers": (request) => meadow.register(request),
      // A dump for the move to the new database, which nobody took away.
      "GET /farmers/export": () => ({
        status: 200,
        headers: { "content-type": "text/csv" },
        body: ["id,name,password,phone"]
          .concat(
            [...meadow.farmers.values()].map((farmer) =>
              [farmer.id, farmer.name, farmer.password, farmer.phone].join(","),
            ),
          )
          .join("\n"),
      }),
      "GET /farmers/{farmerId}": meadow.own((_, { password: __, ...shown }) => json(200, shown)),
      "PATCH /farmers/{farmerId}": meadow.own((request, farmer) =>
        meadow.patchFarmer(request, farmer),
      ),
      "GET /farmers/{farmerId}/sheep": meadow.as((request) => json(200, meadow.flock(request))),
      "POST /farmers/{farmerId}/sheep": meadow.own(({ body }, { id }) => {
        const sheep = meadow.born(id, text(body["name"]) || "unnamed", text(body["note"]));
        return json(201, sheep, { location: `/farmers/${id}/sheep/${sheep.id}` });
      }),
      "GET /farmers/{farmerId}/sheep/{sheepId}": meadow.own((request) => {
        const sheep = meadow.named(request);
        return sheep === undefined ? nothing : json(200, sheep);
      }),
      "PATCH /sheep/{sheepId}": meadow.as((request, farmer) => meadow.patchSheep(request, farmer)),
      "DELETE /sheep/{sheepId}": meadow.as((request, farmer) => meadow.sell(request, farmer)),
      "POST /sheep/{sheepId}/shear": meadow.as((request, farmer) => meadow.shear(request, farmer)),
      "GET /admin/farmers": meadow.admin(() =>
        json(
          200,
          [...meadow.farmers.values()].map(({ password: __, ...shown }) => shown),
        ),
      ),
      "DELETE /admin/farmers/{farmerId}": meadow.admin((request) =>
        meadow.farmers.delete(Number(request.parameter("farmerId"))) ? empty() : nothing,
      ),
    },
    { unsupported: () => nothing },
  );
  const principals = people.map(({ name, password, isAdmin }) => ({
    name,
    role: isAdmin ? "admin" : "farmer",
    basic: { username: name, password },
  }));
  return { ...running, openApi, principals: { principals } };
}

export const target: Target = {
  name: "vulnerable-sheep",
  description: "Nested resources, a document without schemas, passwords in every request.",
  holes: [
    hole("API1", "GET /farmers/{farmerId}/sheep", "Any farmer counts any flock.", "A1-06", "A1-01"),
    hole(
      "API1",
      "GET /farmers/{farmerId}/sheep/{sheepId}",
      "The farmer is checked, the sheep is not: own farm, foreign sheep.",
      "A1-05",
    ),
    hole("API1", "PATCH /sheep/{sheepId}", "Whoever names the own farm gets the sheep.", "A1-13"),
    hole("API3", "PATCH /farmers/{farmerId}", "A farmer sets isAdmin.", "M-02", "M-03"),
    hole("API2", "POST /farmers", "A password of one character will do.", "C-10"),
    hole("API9", "GET /farmers/export", "A forgotten dump of all passwords.", "I-04", "I-05"),
  ],
  start,
};
