import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import {
  checkHeader,
  decideCrossOrigin,
  defineCrossOriginPolicy,
  htmlHeaders,
  pageContentSecurityPolicy,
  parseDictionary,
  parseHttpDate,
  parseItem,
  parseList,
  securityHeaders,
  type CrossOriginOptions,
  type CrossOriginRequest,
  type HeaderField,
  type HeaderReason,
} from "sekisho/hardening";

describe("securityHeaders", () => {
  it("are exactly these over TLS, and lack only HSTS without", () => {
    const expected = [
      [
        "content-security-policy",
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
      ],
      ["x-content-type-options", "nosniff"],
      ["referrer-policy", "no-referrer"],
      ["cross-origin-resource-policy", "same-origin"],
      ["x-frame-options", "DENY"],
      [
        "permissions-policy",
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
      ],
      ["cache-control", "no-store"],
      ["strict-transport-security", "max-age=63072000; includeSubDomains"],
    ];
    assert.deepEqual(securityHeaders({ tls: true }), expected);
    assert.deepEqual(securityHeaders({ tls: false }), expected.slice(0, -1));
  });

  it("mean what they say, those of pages too", () => {
    const hash = `sha256-${"A".repeat(43)}=`;
    const all = { inlineStyles: true, dataImages: true, blobWorkers: true, scriptHashes: [hash] };
    for (const tls of [true, false]) {
      const lists = [securityHeaders({ tls }), htmlHeaders({ tls }), htmlHeaders({ tls, ...all })];
      for (const [name, value] of lists.flat()) {
        assert.deepEqual(checkHeader(name, value), { effect: "allow" }, `${name}: ${value}`);
        assert.equal(name, name.toLowerCase());
      }
    }
  });

  it("cannot be changed after the start", () => {
    const fields = securityHeaders({ tls: true }) as HeaderField[];
    assert.throws(() => fields.pop(), TypeError);
    assert.throws(() => Object.assign(fields[0] ?? [], { 1: "x" }), TypeError);
  });

  it("let a page load only files of its own origin unless told", () => {
    const policy = pageContentSecurityPolicy({});
    assert.doesNotMatch(policy, /unsafe|data:|blob:|https?:|\*/);
    assert.match(policy, /script-src 'self';/);
    assert.match(
      pageContentSecurityPolicy({ inlineStyles: true }),
      /style-src 'self' 'unsafe-inline';/,
    );
    for (const hash of [
      "sha256-x",
      "'unsafe-inline'",
      "sha1-AAAA",
      `sha256-${"A".repeat(43)}=; script-src *`,
    ])
      assert.throws(() => pageContentSecurityPolicy({ scriptHashes: [hash] }), TypeError, hash);
  });
});

describe("decideCrossOrigin", () => {
  const origin = "https://app.example";
  const policy = defineCrossOriginPolicy({
    origins: [origin, "https://app.example:8443"],
    methods: ["GET", "POST"],
    headers: ["Authorization"],
    exposedHeaders: ["RateLimit"],
    credentials: true,
  });
  const permissions = (headers: readonly HeaderField[]) =>
    headers.filter(([name]) => name.startsWith("access-control-"));

  it("without a policy nothing is ever permitted", () => {
    for (const request of [
      { origin, method: "GET" },
      { origin, method: "OPTIONS", requestMethod: "GET" },
      { origin: undefined, method: "GET" },
    ])
      assert.deepEqual(decideCrossOrigin(request, undefined).headers, []);
    assert.equal(decideCrossOrigin({ origin, method: "GET" }, undefined).effect, "deny");
  });

  it("a listed origin gets exactly its own permission", () => {
    assert.deepEqual(decideCrossOrigin({ origin, method: "GET" }, policy), {
      effect: "allow",
      kind: "actual",
      headers: [
        ["access-control-allow-origin", origin],
        ["access-control-allow-credentials", "true"],
        ["access-control-expose-headers", "RateLimit"],
        ["vary", "Origin"],
      ],
    });
  });

  it("a preflight is answered from the policy, not from the request", () => {
    const request = {
      origin,
      method: "OPTIONS",
      requestMethod: "POST",
      requestHeaders: "authorization",
    };
    assert.deepEqual(decideCrossOrigin(request, policy), {
      effect: "allow",
      kind: "preflight",
      headers: [
        ["access-control-allow-origin", origin],
        ["access-control-allow-credentials", "true"],
        ["access-control-allow-methods", "GET, POST"],
        ["access-control-allow-headers", "Authorization"],
        ["access-control-max-age", "600"],
        ["vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"],
      ],
    });
  });

  for (const other of [
    "null",
    "https://evil.example",
    "https://app.example.evil.example",
    "https://evilapp.example",
    "https://sub.app.example",
    "http://app.example",
    "https://app.example:443",
    "https://app.example:9443",
    "https://app.example/",
    "HTTPS://APP.EXAMPLE",
    "https://app.example https://evil.example",
    "*",
    "",
  ])
    it(`${JSON.stringify(other)} gets no permission`, () => {
      for (const method of ["GET", "OPTIONS"]) {
        const decision = decideCrossOrigin({ origin: other, method, requestMethod: "GET" }, policy);
        assert.equal(decision.effect, "deny");
        assert.deepEqual(permissions(decision.headers), []);
        assert.match(decision.headers.find(([name]) => name === "vary")?.[1] ?? "", /^Origin\b/);
      }
    });

  const preflights: [request: Omit<CrossOriginRequest, "origin" | "method">, expected: string][] = [
    [{ requestMethod: "POST", requestHeaders: "" }, "allow"],
    [{ requestMethod: "POST", requestHeaders: "AUTHORIZATION , authorization" }, "allow"],
    [{ requestMethod: "DELETE" }, "method-not-listed"],
    [{ requestMethod: "post" }, "method-not-listed"],
    [{ requestMethod: "POST", requestHeaders: "authorization,x-user-id" }, "header-not-listed"],
    [{ requestMethod: "POST", requestHeaders: "*" }, "header-not-listed"],
  ];
  for (const [request, expected] of preflights)
    it(`preflight ${JSON.stringify(request)}: ${expected}`, () => {
      const decision = decideCrossOrigin({ origin, method: "OPTIONS", ...request }, policy);
      assert.equal(decision.effect === "allow" ? "allow" : decision.reason, expected);
    });

  it("the answer varies by origin even for requests without one", () => {
    const decision = decideCrossOrigin({ origin: undefined, method: "GET" }, policy);
    assert.deepEqual(decision, {
      effect: "allow",
      kind: "no-origin",
      headers: [["vary", "Origin"]],
    });
  });

  it("a public policy permits every origin, without credentials", () => {
    const open = defineCrossOriginPolicy({ origins: "*", methods: ["GET"] });
    const { headers } = decideCrossOrigin({ origin: "null", method: "GET" }, open);
    assert.deepEqual(permissions(headers), [["access-control-allow-origin", "*"]]);
  });

  const bad: [name: string, options: object][] = [
    ["* with credentials", { origins: "*", credentials: true }],
    ["a pattern", { origins: [/app/] }],
    ["a pattern alone", { origins: /app/ }],
    ["* in the list", { origins: ["*"] }],
    ["null", { origins: ["null"] }],
    ["a wildcard host", { origins: ["https://*.example"] }],
    ["a path", { origins: ["https://app.example/x"] }],
    ["a trailing slash", { origins: ["https://app.example/"] }],
    ["a bare host", { origins: ["app.example"] }],
    ["plain http", { origins: ["http://app.example"] }],
    ["an opaque scheme", { origins: ["file:///x"] }],
    ["* as a method", { methods: ["*"] }],
    ["* as a header field", { headers: ["*"] }],
    ["a line break in a header field", { exposedHeaders: ["a\r\nb"] }],
    ["three hours", { maximumAgeSeconds: 7201 }],
  ];
  for (const [name, options] of bad)
    it(`${name} cannot be configured`, () => {
      const given = { origins: [origin], methods: ["GET"], ...options } as CrossOriginOptions;
      assert.throws(() => defineCrossOriginPolicy(given), TypeError);
    });

  it("http is accepted for loopback, where development happens", () => {
    for (const local of ["http://localhost:5173", "http://127.0.0.1:8080", "http://[::1]:3000"])
      assert.doesNotThrow(() => defineCrossOriginPolicy({ origins: [local], methods: ["GET"] }));
  });
});

describe("checkHeader", () => {
  const cases: [name: string, value: string, expected: "allow" | HeaderReason][] = [
    ["X-Anything", "some text", "allow"],
    ["X-Anything", "a\r\nSet-Cookie: b=c", "control-character"],
    ["X-Anything", "a\u0000", "control-character"],
    ["X-Anything", "naïve", "not-ascii"],
    ["X-Anything", " a", "outer-space"],
    ["Strict-Transport-Security", "max-age=63072000; includeSubDomains", "allow"],
    ["Strict-Transport-Security", "includeSubDomains", "directive-missing"],
    ["Strict-Transport-Security", "max-age=-1", "directive-value"],
    ["Strict-Transport-Security", "max-age=1; includeSubDomains=1", "directive-value"],
    ["Content-Security-Policy", "default-src self", "source-unquoted"],
    ["Content-Security-Policy", "default-src 'none' https:", "none-with-sources"],
    ["Content-Security-Policy", "defaultsrc 'none'", "directive-unknown"],
    ["Content-Security-Policy", ";", "policy-empty"],
    ["Permissions-Policy", "camera=()", "allow"],
    ["Permissions-Policy", "camera 'none'", "malformed"],
    ["Permissions-Policy", "camera", "wrong-type"],
    ["RateLimit-Policy", '"minute";q=30;w=60, "second";q=5;w=1', "allow"],
    ["RateLimit-Policy", '"minute";w=60', "parameter-missing"],
    ["RateLimit-Policy", '"minute";q=30;w=0', "parameter-value"],
    ["RateLimit", '"minute";r=0;t=0', "allow"],
    ["RateLimit", "minute;r=1", "wrong-type"],
    ["RateLimit", "", "malformed"],
    ["Deprecation", "@1688169599", "allow"],
    ["Deprecation", "true", "wrong-type"],
    ["Sunset", "Sun, 30 Jun 2024 23:59:59 GMT", "allow"],
    ["Sunset", "Mon, 30 Jun 2024 23:59:59 GMT", "malformed"],
    ["Retry-After", "60", "allow"],
    ["Retry-After", "1.5", "malformed"],
    ["Cache-Control", "no-store", "allow"],
    ["Cache-Control", "private, max-age=60", "allow"],
    ["Cache-Control", "max-age=soon", "directive-value"],
    ["X-Content-Type-Options", "nosniff", "allow"],
    ["X-Content-Type-Options", "no-sniff", "value-not-listed"],
    ["X-Frame-Options", "ALLOW-FROM https://a.example", "value-not-listed"],
    ["Referrer-Policy", "none", "value-not-listed"],
    ["X-XSS-Protection", "1; mode=block", "value-not-listed"],
    ["Expect-CT", "max-age=1", "field-abandoned"],
  ];
  for (const [name, value, expected] of cases)
    it(`${name}: ${JSON.stringify(value)} is ${expected}`, () => {
      const decision = checkHeader(name, value);
      assert.equal(decision.effect === "allow" ? "allow" : decision.reason, expected);
    });
});

describe("structured fields", () => {
  it("are read with their types", () => {
    assert.deepEqual(parseItem('"a \\"b\\"";x;y=?0')?.item, { kind: "string", value: 'a "b"' });
    assert.deepEqual(parseItem("-1.5")?.item, { kind: "decimal", value: -1.5 });
    assert.deepEqual(parseItem(":AQI=:")?.item, { kind: "bytes", value: Uint8Array.of(1, 2) });
    assert.deepEqual(parseItem('%"%c3%bc"')?.item, { kind: "display-string", value: "ü" });
    assert.equal(parseList('a, (b c);x, "d"')?.length, 3);
    assert.deepEqual([...(parseDictionary("a=1, b, a=2")?.keys() ?? [])], ["a", "b"]);
    assert.deepEqual([parseList("")?.length, parseDictionary("")?.size], [0, 0]);
  });

  for (const text of [
    "",
    "a b",
    "1.",
    "1.2345",
    "1234567890123456",
    '"a',
    '"\\a"',
    '"ü"',
    ":a:",
    "@1.5",
    '%"%C3%BC"',
    "?2",
    "a;A",
    "a; ",
    "(a)",
    "a,b",
  ])
    it(`${JSON.stringify(text)} is no item`, () => assert.equal(parseItem(text), undefined));

  it("a huge hostile value is refused at once", () => {
    const begin = performance.now();
    for (const text of [
      '"' + "\\".repeat(200_000),
      "a;".repeat(100_000),
      "(".repeat(200_000),
      " ".repeat(200_000) + "é",
      '%"' + "%a".repeat(100_000),
    ])
      assert.equal(parseItem(text), undefined);
    assert.ok(performance.now() - begin < 2000);
  });
});

describe("parseHttpDate", () => {
  for (const text of [
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
  ])
    it(`reads ${text}`, () => assert.equal(parseHttpDate(text), 784_111_777));

  it("agrees with the platform for every day of four years", () => {
    for (let day = 0; day < 1461; day++) {
      const time = Date.UTC(2024, 0, 1) + day * 86_400_000 + 45_296_000;
      assert.equal(parseHttpDate(new Date(time).toUTCString()), time / 1000);
    }
  });
});
