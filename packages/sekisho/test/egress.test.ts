import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  addressBlocks,
  checkDestination,
  classifyAddress,
  createEgress,
  decideRedirect,
  decideUrl,
  unsafeDestinations,
  type EgressPolicy,
  type JudgedAddress,
} from "sekisho/egress";

const publicHttps: EgressPolicy = { schemes: ["https"], hosts: "public", ports: [443] };

function outcome(address: string): string {
  const decision = classifyAddress(address);
  return decision.effect === "allow" ? `allow ${decision.family}` : decision.reason;
}

describe("classifyAddress", () => {
  // Last address before, first inside, last inside, first after; `-` where the neighbour is closed too.
  const ipv4: [block: string, before: string, first: string, last: string, after: string][] = [
    ["this-network", "-", "0.0.0.0", "0.255.255.255", "1.0.0.0"],
    ["private", "9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"],
    ["shared-address-space", "100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"],
    ["loopback", "126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"],
    ["cloud-platform", "168.63.129.15", "168.63.129.16", "168.63.129.16", "168.63.129.17"],
    ["link-local", "169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"],
    ["private", "172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"],
    ["protocol-assignment", "191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"],
    ["documentation", "192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"],
    ["six-to-four-relay", "192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0"],
    ["private", "192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"],
    ["benchmarking", "198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"],
    ["documentation", "198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"],
    ["documentation", "203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"],
    ["multicast", "223.255.255.255", "224.0.0.0", "239.255.255.255", "-"],
    ["reserved", "-", "240.0.0.0", "255.255.255.255", "-"],
  ];
  for (const [reason, before, first, last, after] of ipv4)
    it(`IPv4 ${first} to ${last} is ${reason}, and the neighbours are open`, () => {
      assert.equal(outcome(first), reason);
      assert.equal(outcome(last), reason);
      if (before !== "-") assert.equal(outcome(before), "allow 4");
      if (after !== "-") assert.equal(outcome(after), "allow 4");
    });

  const ones = "ffff:ffff:ffff:ffff:ffff:ffff";
  const ipv6: [address: string, outcome: string][] = [
    ["::", "unspecified"],
    ["::1", "loopback"],
    ["::2", "ipv4-compatible"],
    ["::127.0.0.1", "ipv4-compatible"],
    ["::7f00:1", "ipv4-compatible"],
    ["::ffff:ffff", "ipv4-compatible"],
    ["::1:0:0", "not-global-unicast"],
    ["::fffe:ffff:ffff", "not-global-unicast"],
    ["::ffff:0.0.0.0", "ipv4-mapped"],
    ["::ffff:8.8.8.8", "ipv4-mapped"],
    ["::ffff:ffff:ffff", "ipv4-mapped"],
    ["::ffff:0:10.0.0.1", "ipv4-translated"],
    ["64:ff9b::8.8.8.8", "nat64"],
    ["64:ff9b::ffff:ffff", "nat64"],
    ["64:ff9b::1:0:0", "not-global-unicast"],
    ["64:ff9b:1::", "nat64"],
    ["64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "nat64"],
    ["64:ff9b:2::", "not-global-unicast"],
    ["100::", "discard"],
    ["100:0:0:1::", "discard"],
    ["100:0:0:2::", "not-global-unicast"],
    [`1fff:ffff:${ones}`, "not-global-unicast"],
    ["2000::", "allow 6"],
    [`2000:ffff:${ones}`, "allow 6"],
    ["2001::", "teredo"],
    [`2001:0:${ones}`, "teredo"],
    ["2001:1::1", "protocol-assignment"],
    [`2001:1ff:${ones}`, "protocol-assignment"],
    ["2001:200::", "allow 6"],
    [`2001:db7:${ones}`, "allow 6"],
    ["2001:db8::", "documentation"],
    [`2001:db8:${ones}`, "documentation"],
    ["2001:db9::", "allow 6"],
    [`2001:ffff:${ones}`, "allow 6"],
    ["2002::", "six-to-four"],
    [`2002:ffff:${ones}`, "six-to-four"],
    ["2003::", "allow 6"],
    [`3ffe:ffff:${ones}`, "allow 6"],
    ["3fff::", "documentation"],
    [`3fff:fff:${ones}`, "documentation"],
    ["3fff:1000::", "allow 6"],
    [`3fff:ffff:${ones}`, "allow 6"],
    ["4000::", "not-global-unicast"],
    ["5f00::", "segment-routing"],
    ["fc00::", "unique-local"],
    ["fd00:ec2::254", "unique-local"],
    ["fe80::1", "link-local"],
    [`febf:ffff:${ones}`, "link-local"],
    ["fec0::1", "site-local"],
    ["ff02::1", "multicast"],
    ["2606:4700:4700::1111", "allow 6"],
    ["2606:4700::5efe:10.0.0.1", "isatap"],
    ["2606:4700::200:5efe:10.0.0.1", "isatap"],
    ["2606:4700::100:5efe:10.0.0.1", "allow 6"],
    ["2606:4700::5eff:10.0.0.1", "allow 6"],
    ["2606:4700::1:5efe:10.0.0.1", "allow 6"],
  ];
  for (const [address, expected] of ipv6)
    it(`IPv6 ${address} is ${expected}`, () => {
      assert.equal(outcome(address), expected);
    });

  const spellings: [text: string, outcome: string][] = [
    ["", "address-malformed"],
    ["0x7f.0.0.1", "address-malformed"],
    ["0x08080808", "address-malformed"],
    ["134744072", "address-malformed"],
    ["8.8.2056", "address-malformed"],
    ["010.8.8.8", "address-malformed"],
    ["8.8.8.8.", "address-malformed"],
    [" 8.8.8.8", "address-malformed"],
    ["8.8.8.8\n", "address-malformed"],
    ["８.8.8.8", "address-malformed"],
    ["256.8.8.8", "address-malformed"],
    ["[2606:4700::1]", "address-malformed"],
    ["2606:4700:::1", "address-malformed"],
    ["fe80::1%eth0", "zone-id"],
    ["2606:4700::1%1", "zone-id"],
    ["localhost", "address-malformed"],
    ["8.8.8.8", "allow 4"],
    ["2606:4700:0:0:0:0:0:1", "allow 6"],
    ["2606:4700::0.0.0.1", "allow 6"],
    ["2606:4700::ABCD", "allow 6"],
  ];
  for (const [text, expected] of spellings)
    it(`reads ${JSON.stringify(text)} as ${expected}`, () => {
      assert.equal(outcome(text), expected);
    });

  it("names a source for every closed block", () => {
    assert.ok(addressBlocks.length >= 35);
    for (const { block, source } of addressBlocks) assert.ok(source.length > 3, block);
  });
});

describe("checkDestination", () => {
  const never = () => Promise.reject(new Error("was resolved"));
  const answering = (...addresses: string[]) => {
    const asked: string[] = [];
    const resolve = (host: string): Promise<readonly JudgedAddress[]> => {
      asked.push(host);
      return Promise.resolve(
        addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
      );
    };
    return { asked, resolve };
  };
  async function check(
    url: string,
    resolve = answering("8.8.8.8").resolve,
    policy = publicHttps,
  ): Promise<string> {
    const { schemes, hosts, ports } = policy;
    const decision = await checkDestination(
      url,
      { ...policy, schemes: [...schemes], hosts, ports: [...ports] },
      resolve,
    );
    return decision.effect === "allow" ? decision.url.href : decision.reason;
  }

  const texts: [url: string, outcome: string][] = [
    ["https://example.com/", "https://example.com/"],
    ["HTTPS://EXAMPLE.com:443/a?b#c", "https://example.com/a?b#c"],
    ["https://example.com./a", "https://example.com/a"],
    ["https://example.com../a", "url-malformed"],
    ["https://@example.com/", "https://example.com/"],
    ["https://user@example.com/", "userinfo"],
    ["https://:secret@example.com/", "userinfo"],
    ["https://8.8.8.8@127.0.0.1/", "userinfo"],
    ["http://example.com/", "scheme"],
    ["ftp://example.com/", "scheme"],
    ["gopher://127.0.0.1:6379/_INFO", "scheme"],
    ["file:///etc/passwd", "scheme"],
    ["data:text/plain,hello", "scheme"],
    ["unix:/var/run/docker.sock", "scheme"],
    ["https://example.com:444/", "port"],
    ["https://example.com:80/", "port"],
    ["https://example.com:22/", "port"],
    ["https://exa\tmple.com/", "url-character"],
    ["https://example.com/\r\nHost: other", "url-character"],
    [" https://example.com/", "url-character"],
    ["https://example.com/a b", "url-character"],
    ["https://example.com\\@127.0.0.1/", "url-character"],
    ["https://example.com/\u0000", "url-character"],
    ["https://example.com/\ud800", "url-character"],
    ["https://example.com/%00", "https://example.com/%00"],
    ["https://127.0.0.1;example.com/", "url-malformed"],
    ["https://exam$ple.com/", "url-malformed"],
    ["https://foo_bar.example.com/", "https://foo_bar.example.com/"],
    ["https://", "url-malformed"],
    ["//example.com/", "url-malformed"],
    ["example.com", "url-malformed"],
    ["https://localhost/", "single-label"],
    ["https://localhost./", "single-label"],
    ["https://kubernetes/", "single-label"],
    ["https://foo.localhost/", "special-use-name"],
    ["https://foo.localhost./", "special-use-name"],
    ["https://printer.local/", "special-use-name"],
    ["https://metadata.google.internal/", "special-use-name"],
    ["https://METADATA.google.INTERNAL./", "special-use-name"],
    ["https://router.home.arpa/", "special-use-name"],
    ["https://1.0.0.127.in-addr.arpa/", "special-use-name"],
    ["https://internal.example.com/", "https://internal.example.com/"],
    ["https://ｅｘａｍｐｌｅ.com/", "https://example.com/"],
    [`https://example.com/${"a".repeat(2_028)}`, `https://example.com/${"a".repeat(2_028)}`],
    [`https://example.com/${"a".repeat(2_029)}`, "url-too-long"],
    [`https://${"a".repeat(63)}.com/`, `https://${"a".repeat(63)}.com/`],
    [`https://${"a".repeat(64)}.com/`, "url-malformed"],
  ];
  for (const [url, expected] of texts)
    it(`judges ${JSON.stringify(url.slice(0, 60))} as ${expected.slice(0, 60)}`, async () => {
      assert.equal(await check(url), expected);
      const alone = decideUrl(url, publicHttps);
      assert.equal(alone.effect === "allow" ? alone.url.href : alone.reason, expected);
    });

  const literals: [url: string, outcome: string][] = [
    ["https://127.0.0.1/", "loopback"],
    ["https://0x7f.1/", "loopback"],
    ["https://2130706433/", "loopback"],
    ["https://0177.0.0.1/", "loopback"],
    ["https://127.1/", "loopback"],
    ["https://127.0.0.1./", "loopback"],
    ["https:127.0.0.1/", "loopback"],
    ["https://①②⑦.⓪.⓪.①/", "loopback"],
    ["https://127。0。0。1/", "loopback"],
    ["https://%31%32%37.0.0.1/", "loopback"],
    ["https://169.254.169.254/latest/meta-data/", "link-local"],
    ["https://[::1]/", "loopback"],
    ["https://[::ffff:127.0.0.1]/", "ipv4-mapped"],
    ["https://[fd00:ec2::254]/", "unique-local"],
    ["https://[fe80::1%25eth0]/", "url-malformed"],
    ["https://8.8.8.8/", "https://8.8.8.8/"],
    ["https://[2606:4700:4700::1111]/", "https://[2606:4700:4700::1111]/"],
  ];
  for (const [url, expected] of literals)
    it(`judges the literal ${url} as ${expected} without resolving`, async () => {
      assert.equal(await check(url, never), expected);
    });

  it("gives the judged addresses, of both families and each once", async () => {
    const { asked, resolve } = answering("8.8.8.8", "2606:4700::1", "8.8.8.8");
    const decision = await checkDestination(
      "https://Example.com./",
      { schemes: ["https:"], hosts: "public", ports: [443] },
      resolve,
    );
    assert.equal(decision.effect, "allow");
    if (decision.effect !== "allow") return;
    assert.deepEqual(decision.addresses, [
      { address: "8.8.8.8", family: 4 },
      { address: "2606:4700::1", family: 6 },
    ]);
    assert.deepEqual(asked, ["example.com"]);
  });

  const answers: [name: string, addresses: string[], outcome: string][] = [
    ["a private answer", ["10.0.0.1"], "private"],
    ["a public A and an internal AAAA", ["8.8.8.8", "fd00::1"], "unique-local"],
    ["an internal A and a public AAAA", ["192.168.0.1", "2606:4700::1"], "private"],
    ["one bad answer among many, at the end", ["8.8.8.8", "8.8.4.4", "127.0.0.1"], "loopback"],
    ["no answer", [], "unresolvable"],
    ["an answer with a zone", ["fe80::1%eth0"], "zone-id"],
    ["an answer in an odd spelling", ["0x7f.1"], "address-malformed"],
  ];
  for (const [name, addresses, expected] of answers)
    it(`refuses ${name}`, async () => {
      assert.equal(await check("https://example.com/", answering(...addresses).resolve), expected);
    });

  it("refuses an answer whose family is not that of the address", async () => {
    const resolve = () => Promise.resolve([{ address: "8.8.8.8", family: 6 as const }]);
    assert.equal(await check("https://example.com/", resolve), "address-malformed");
  });

  it("refuses a name whose resolver fails", async () => {
    assert.equal(await check("https://example.com/", never), "resolution-failed");
  });

  describe("with a list of hosts", () => {
    const policy: EgressPolicy = {
      ...publicHttps,
      hosts: ["api.partner.com", "Bücher.example", "127.0.0.1", "*.wild.com", ".dot.com"],
    };
    const hosts: [url: string, outcome: string][] = [
      ["https://api.partner.com/", "https://api.partner.com/"],
      ["https://API.partner.com./", "https://api.partner.com/"],
      ["https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"],
      ["https://evil.api.partner.com/", "host-not-listed"],
      ["https://api.partner.com.evil.com/", "host-not-listed"],
      ["https://xapi.partner.com/", "host-not-listed"],
      ["https://partner.com/", "host-not-listed"],
      ["https://a.wild.com/", "host-not-listed"],
      ["https://a.dot.com/", "host-not-listed"],
      ["https://8.8.8.8/", "host-not-listed"],
      ["https://127.0.0.1/", "loopback"],
    ];
    for (const [url, expected] of hosts)
      it(`judges ${url} as ${expected}`, async () => {
        assert.equal(await check(url, answering("8.8.8.8").resolve, policy), expected);
      });

    it("still judges the addresses of a listed host", async () => {
      const { resolve } = answering("10.0.0.7");
      assert.equal(await check("https://api.partner.com/", resolve, policy), "private");
    });
  });

  it("refuses what the operator denies: names exactly, addresses by block", async () => {
    const policy = { ...publicHttps, denyHosts: ["own.com"], denyAddresses: ["8.8.8.0/24"] };
    const far = answering("8.8.9.0").resolve;
    assert.equal(await check("https://own.com./", far, policy), "deny-listed-host");
    assert.equal(await check("https://www.own.com/", far, policy), "https://www.own.com/");
    assert.equal(
      await check("https://example.com/", answering("8.8.8.255").resolve, policy),
      "deny-listed-address",
    );
  });
});

describe("decideRedirect", () => {
  const from = new URL("https://api.example.com/a/b");
  function follow(status: number, location: string | undefined, method = "GET", hasBody = false) {
    const decision = decideRedirect({ from, status, location, method, hasBody });
    return decision.effect === "deny"
      ? decision.reason
      : [decision.method, decision.url, decision.keepBody, decision.keepHeaders].join(" ");
  }
  const same = "https://api.example.com/c";
  const cases: [ReturnType<typeof follow>, string][] = [
    [follow(301, "/c"), `GET ${same} false true`],
    [follow(302, "../c"), `GET ${same} false true`],
    [follow(302, "//other.com/"), "GET https://other.com/ false false"],
    [follow(307, "/c", "POST", true), `POST ${same} true true`],
    [follow(303, "/c", "POST", true), `GET ${same} false true`],
    [follow(302, "/c", "POST", true), `GET ${same} false true`],
    [follow(302, "/c", "PUT", true), `PUT ${same} true true`],
    [follow(303, "https://other.com/", "POST", true), "GET https://other.com/ false false"],
    [follow(308, "https://other.com/", "POST", true), "redirect"],
    [follow(308, "https://api.example.com:444/", "POST", true), "redirect"],
    [follow(301, "http://api.example.com/c"), "redirect"],
    [follow(301, undefined), "redirect"],
    [follow(301, "https://"), "redirect"],
    [follow(301, "\\\\127.0.0.1/"), "redirect"],
    [follow(300, "/c"), "redirect"],
    [follow(304, "/c"), "redirect"],
  ];
  for (const [index, [actual, expected]] of cases.entries())
    it(`case ${index}: ${expected}`, () => {
      assert.equal(actual, expected);
    });
});

describe("createEgress stops the start", () => {
  const partner = { schemes: ["https"], hosts: ["api.partner.com"], ports: [443] };
  const stands = { address: "127.0.0.1", port: 9090 };
  const faults: [name: string, build: () => unknown, message: RegExp][] = [
    [
      "a scheme without a host parser",
      () => createEgress({ policy: { ...partner, schemes: ["ftp"] } }),
      /ftp/,
    ],
    [
      "a wildcard host",
      () => createEgress({ policy: { ...partner, hosts: ["*.partner.com"] } }),
      /\*\.partner/,
    ],
    [
      "a host with a path",
      () => createEgress({ policy: { ...partner, hosts: ["a.com/x"] } }),
      /a\.com\/x/,
    ],
    ["no host", () => createEgress({ policy: { ...partner, hosts: [] } }), /no host/],
    ["no port", () => createEgress({ policy: { ...partner, ports: [] } }), /no port/],
    ["port 0", () => createEgress({ policy: { ...partner, ports: [0] } }), /port 0/],
    [
      "a block that is none",
      () => createEgress({ policy: { ...partner, denyAddresses: ["10.0.0.0/33"] } }),
      /33/,
    ],
    [
      "a limit of nothing",
      () => createEgress({ policy: partner, limits: { totalMs: 0 } }),
      /totalMs/,
    ],
    [
      "an exception for a host that is not listed",
      () =>
        createEgress({ policy: partner, [unsafeDestinations]: { "https://other.com": stands } }),
      /not on the list/,
    ],
    [
      "an exception with public hosts",
      () =>
        createEgress({
          policy: { ...partner, hosts: "public" },
          [unsafeDestinations]: { "https://api.partner.com": stands },
        }),
      /not on the list/,
    ],
    [
      "an exception that leaves this machine",
      () =>
        createEgress({
          policy: partner,
          [unsafeDestinations]: { "https://api.partner.com": { address: "10.0.0.1", port: 80 } },
        }),
      /not loopback/,
    ],
    [
      "an exception that is no origin",
      () =>
        createEgress({
          policy: partner,
          [unsafeDestinations]: { "https://api.partner.com/": stands },
        }),
      /not an origin/,
    ],
  ];
  for (const [name, build, message] of faults)
    it(`for ${name}`, () => {
      assert.throws(build, message);
    });

  it("and starts with a policy that makes sense", async () => {
    const egress = createEgress({
      policy: partner,
      [unsafeDestinations]: { "https://api.partner.com": stands },
    });
    assert.deepEqual(egress.unsafe, ["https://api.partner.com"]);
    await egress.close();
  });
});
