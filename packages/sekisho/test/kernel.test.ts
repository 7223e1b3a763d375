import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import {
  addressKey,
  allow,
  createClientAddressResolver,
  createId,
  defineProblems,
  deny,
  isId,
  levelOf,
  Problem,
  problemBody,
  problemTypes,
  Secret,
  securityEventLevels,
  systemClock,
  systemRandomness,
  unknownAddress,
  unreachable,
} from "sekisho/kernel";

describe("a secret", () => {
  const secret = new Secret("correct horse");
  const holder = { name: "alice", password: secret, list: [secret] };

  // What a caller does who does not look at the type.
  const careless = secret as unknown as string;

  it("gives its value to whoever asks for it", () => {
    assert.equal(secret.reveal(), "correct horse");
  });

  const ways: readonly (readonly [string, () => string])[] = [
    ["in a template", () => `it is ${careless}`],
    ["as a string", () => String(secret)],
    ["added to a string", () => "it is " + careless],
    ["as JSON", () => JSON.stringify(secret)],
    ["as JSON, inside", () => JSON.stringify(holder)],
    ["printed", () => inspect(secret)],
    [
      "printed with everything",
      () => inspect(holder, { showHidden: true, depth: 9, getters: true }),
    ],
    ["in the message of an error", () => new Error(`failed: ${String(secret)}`).message],
    ["in a list", () => [secret].join(",")],
    ["as its properties", () => JSON.stringify([Object.entries(secret), Object.keys(secret)])],
  ];
  for (const [way, show] of ways)
    it(`does not show ${way}`, () => {
      const shown = show();
      assert.doesNotMatch(shown, /correct|horse/);
      if (!way.includes("properties")) assert.match(shown, /\[redacted\]/);
    });
});

describe("a decision", () => {
  it("allows, or denies with a reason", () => {
    assert.deepEqual(allow(), { effect: "allow" });
    assert.deepEqual(deny("expired"), { effect: "deny", reason: "expired" });
    assert.throws(() => Object.assign(allow(), { effect: "deny" }), TypeError);
  });

  it("that nobody handled is an error", () => {
    assert.throws(() => unreachable("new" as never), /unreachable: new/);
  });
});

describe("the client address", () => {
  const proxies = ["10.0.0.0/8", "2001:db8:a::/48", "203.0.113.7"];
  const resolve = createClientAddressResolver(proxies);
  type Row = readonly [
    what: string,
    peer: string | undefined,
    forwarded: string | undefined,
    client: string,
  ];
  const rows: readonly Row[] = [
    ["nobody forwards", "198.51.100.4", undefined, "198.51.100.4"],
    ["a stranger claims another address", "198.51.100.4", "192.0.2.1", "198.51.100.4"],
    ["a proxy forwards", "10.1.2.3", "192.0.2.1", "192.0.2.1"],
    ["a proxy forwards nothing", "10.1.2.3", undefined, "10.1.2.3"],
    ["a proxy forwards an empty field", "10.1.2.3", "", "10.1.2.3"],
    ["the client wrote an address in front", "10.1.2.3", "6.6.6.6, 192.0.2.1", "192.0.2.1"],
    ["two proxies in a row", "10.1.2.3", "192.0.2.1, 10.9.9.9", "192.0.2.1"],
    [
      "a stranger between two proxies",
      "10.1.2.3",
      "192.0.2.1, 198.51.100.4, 10.9.9.9",
      "198.51.100.4",
    ],
    ["proxies all the way", "10.1.2.3", "10.0.0.1, 10.0.0.2", "10.0.0.1"],
    ["garbage before the client", "10.1.2.3", "garbage, 192.0.2.1", "192.0.2.1"],
    ["garbage from the proxy itself", "10.1.2.3", "192.0.2.1, garbage", "10.1.2.3"],
    ["garbage behind a proxy", "10.1.2.3", "192.0.2.1, garbage, 10.9.9.9", "10.9.9.9"],
    ["an address with a port", "10.1.2.3", "192.0.2.1:4711", "10.1.2.3"],
    ["an address in another notation", "10.1.2.3", "0x7f.1", "10.1.2.3"],
    ["an octal address", "10.1.2.3", "0300.0.2.1", "10.1.2.3"],
    ["an address with a zone", "10.1.2.3", "fe80::1%eth0", "10.1.2.3"],
    ["the last address of the block", "10.255.255.255", "192.0.2.1", "192.0.2.1"],
    ["the address after the block", "11.0.0.0", "192.0.2.1", "11.0.0.0"],
    ["a single trusted address", "203.0.113.7", "192.0.2.1", "192.0.2.1"],
    ["its neighbour", "203.0.113.8", "192.0.2.1", "203.0.113.8"],
    ["a trusted proxy by IPv6", "2001:db8:a::1", "2001:db8:b::9", "2001:db8:b::9"],
    ["a stranger by IPv6", "2001:db8:b::1", "192.0.2.1", "2001:db8:b::1"],
    ["a trusted peer in mapped form", "::ffff:10.1.2.3", "192.0.2.1", "192.0.2.1"],
    ["a stranger in mapped form", "::ffff:198.51.100.4", "192.0.2.1", "198.51.100.4"],
    ["a client in mapped form", "10.1.2.3", "::ffff:192.0.2.1", "192.0.2.1"],
    ["a peer that is gone", undefined, "192.0.2.1", unknownAddress],
    ["a peer that is no address", "a pipe", "192.0.2.1", unknownAddress],
  ];
  for (const [what, peer, forwarded, client] of rows)
    it(`${what}: ${client}`, () => {
      assert.equal(resolve(peer, forwarded), client);
      assert.equal(resolve(peer, forwarded), client, "and again, from memory");
    });

  it("trusts nobody when nobody is named", () => {
    assert.equal(createClientAddressResolver([])("127.0.0.1", "192.0.2.1"), "127.0.0.1");
  });

  it("cannot be told to trust everybody, nor something it does not understand", () => {
    for (const proxy of [
      "0.0.0.0/0",
      "::/0",
      "10.0.0.0/00",
      "*",
      "",
      "true",
      "10.0.0.0/33",
      "10.0.0.0/-1",
      "10.0.0.0/8/8",
      "10.0.0.0/",
      "10.0.0.0/x",
      "::/129",
      "10.0.0",
      "loopback",
    ])
      assert.throws(() => createClientAddressResolver([proxy]), TypeError, proxy);
    for (const proxy of ["0.0.0.0/1", "10.0.0.0/32", "::/1", "::1/128"])
      assert.doesNotThrow(() => createClientAddressResolver([proxy]), proxy);
  });

  it("answers the same after more peers than it remembers", () => {
    const many = createClientAddressResolver(["10.0.0.0/8"]);
    for (let index = 0; index < 5_000; index++)
      assert.equal(many(`10.0.${index >> 8}.${index & 255}`, "192.0.2.1"), "192.0.2.1");
  });

  it("is counted whole in IPv4 and by its /64 in IPv6", () => {
    assert.equal(addressKey("203.0.113.9"), "203.0.113.9");
    assert.equal(addressKey("2001:db8:1:2:3::4"), "2001:db8:1:2::/64");
    assert.equal(addressKey("2001:db8:1:2:ffff:ffff:ffff:ffff"), addressKey("2001:db8:1:2::"));
    assert.notEqual(addressKey("2001:db8:1:3::"), addressKey("2001:db8:1:2::"));
    assert.equal(addressKey("::ffff:203.0.113.9"), "203.0.113.9");
    assert.equal(addressKey(unknownAddress), unknownAddress);
    assert.equal(addressKey("::x"), unknownAddress);
  });
});

describe("an id", () => {
  const zeros = { bytes: (length: number) => new Uint8Array(length) };
  const ones = { bytes: (length: number) => new Uint8Array(length).fill(255) };

  it("is a UUIDv7: the time, the version, the variant, the rest random", () => {
    assert.equal(createId({ now: () => 0 }, zeros), "00000000-0000-7000-8000-000000000000");
    assert.equal(createId({ now: () => 0 }, ones), "00000000-0000-7fff-bfff-ffffffffffff");
    // The example of RFC 9562, appendix A.6.
    const id = createId({ now: () => 0x017f22e279b0 }, zeros);
    assert.equal(id, "017f22e2-79b0-7000-8000-000000000000");
  });

  it("sorts by its time and does not repeat", () => {
    const earlier = createId({ now: () => 1_796_000_000_000 }, ones);
    const later = createId({ now: () => 1_796_000_000_001 }, zeros);
    assert.ok(earlier < later);
    const ids = Array.from({ length: 500 }, () => createId(systemClock, systemRandomness));
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.ok(isId(id), id);
  });

  it("is accepted in its canonical spelling alone", () => {
    const good = "019ab3c4-5d6e-7f80-9123-456789abcdef";
    assert.ok(isId(good));
    const bad = [
      "",
      good.toUpperCase(),
      good.slice(1),
      `${good}0`,
      ` ${good}`,
      `${good}\n`,
      `{${good}}`,
      good.replaceAll("-", ""),
      good.replace("a", "g"),
      good.replace("-7", "-0"),
      good.replace("-7", "-9"),
      good.replace("-9", "-7"),
      good.replace("-9", "-c"),
      "00000000-0000-0000-0000-000000000000",
      "ffffffff-ffff-ffff-ffff-ffffffffffff",
      "019ab3c4-5d6e-7f80-9123-456789abcde\u0660",
    ];
    for (const text of bad) assert.ok(!isId(text), JSON.stringify(text));
    for (const version of "12345678") assert.ok(isId(good.replace("-7", `-${version}`)), version);
    for (const variant of "89ab") assert.ok(isId(good.replace("-9", `-${variant}`)), variant);
  });
});

describe("a problem", () => {
  const requestId = "019ab3c4-5d6e-7f80-9123-456789abcdef";

  it("shows what the catalogue says and never the private reason", () => {
    const cause = new Error("SELECT secret FROM accounts");
    const inside = { reason: "order-of-someone-else", cause };
    const problem = new Problem("not-found", {}, inside);
    assert.deepEqual(problemBody(problem, requestId), {
      type: "/problems/not-found",
      title: problemTypes["not-found"].title,
      status: 404,
      detail: problemTypes["not-found"].detail,
      instance: `urn:uuid:${requestId}`,
      code: "not-found",
      request_id: requestId,
    });
    assert.equal(problem.reason, "order-of-someone-else");
    assert.equal(problem.cause, cause);
    assert.doesNotMatch(JSON.stringify(problemBody(problem, requestId)), /someone|secret|stack/);
  });

  it("shows every member that it was given, under its name on the wire", () => {
    const problem = new Problem("illegal-step", {
      detail: "Not now.",
      errors: [{ pointer: "#/a", detail: "is wrong" }],
      retryAfter: 0,
      allow: ["GET"],
      mfaToken: "t",
      methods: ["otp"],
      maxAge: 600,
      acrValues: "mfa",
      state: "draft",
      allowedSteps: ["validate"],
    });
    const {
      type: _type,
      title: _title,
      instance: _instance,
      ...rest
    } = problemBody(problem, requestId);
    assert.deepEqual(rest, {
      status: 409,
      detail: "Not now.",
      code: "illegal-step",
      request_id: requestId,
      errors: [{ pointer: "#/a", detail: "is wrong" }],
      retry_after: 0,
      allow: ["GET"],
      mfa_token: "t",
      methods: ["otp"],
      max_age: 600,
      acr_values: "mfa",
      state: "draft",
      allowed_steps: ["validate"],
    });
  });

  it("names its code as the reason when nobody says another", () => {
    assert.equal(new Problem("gone").reason, "gone");
  });

  it("has a status of refusal or failure, a title and a detail, for every code", () => {
    const types = Object.entries(problemTypes);
    assert.ok(types.length > 20);
    for (const [code, { detail, status, title }] of types) {
      assert.match(code, /^[a-z]+(-[a-z]+)*$/);
      assert.ok(status >= 400 && status <= 599, code);
      assert.ok(title.length > 0 && detail.length > 0, code);
    }
  });

  it("can be one of the application's own", () => {
    const type = { status: 409, title: "Order not validated", detail: "Validate it first." };
    const problems = defineProblems({ "order-not-validated": type });
    const problem = new Problem(problems["order-not-validated"], {}, { reason: "draft" });
    assert.equal(problem.status, 409);
    assert.equal(problemBody(problem, requestId).type, "/problems/order-not-validated");
    assert.equal(problemBody(problem, requestId).detail, "Validate it first.");
  });

  it("cannot be declared with a code or status that it must not have", () => {
    const type = { status: 409, title: "t", detail: "d" };
    const declare =
      (code: string, changes: object = {}) =>
      () =>
        defineProblems({ [code]: { ...type, ...changes } });
    for (const code of [
      "gone",
      "Order",
      "order_x",
      "",
      "-x",
      "x-",
      "x--y",
      "../x",
      "1x",
      "constructor!",
    ])
      assert.throws(declare(code), TypeError, code);
    for (const status of [200, 302, 399, 600, 404.5, Number.NaN])
      assert.throws(declare("mine", { status }), TypeError, String(status));
    for (const status of [400, 599])
      assert.doesNotThrow(declare("mine", { status }), String(status));
    assert.doesNotThrow(declare("x1-y2"));
  });
});

describe("the level of a security event", () => {
  it("is that of the vocabulary; what an application adds is information", () => {
    assert.equal(levelOf("authn_token_reuse"), "critical");
    assert.equal(levelOf("authn_login_fail"), "warn");
    assert.equal(levelOf("session_created"), "info");
    assert.equal(levelOf("x_something_of_ours"), "info");
    for (const [name, level] of Object.entries(securityEventLevels))
      assert.equal(levelOf(name as keyof typeof securityEventLevels), level);
  });

  it("is not found in what every object inherits", () => {
    for (const name of ["constructor", "toString", "__proto__"])
      assert.equal(levelOf(name as never), "info");
  });
});
