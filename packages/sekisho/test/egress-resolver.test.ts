import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { describe, it, type TestContext } from "node:test";
import { checkDestination, createSystemResolver } from "sekisho/egress";

const typeA = 1;
const typeCname = 5;
const typeAaaa = 28;
const policy = { schemes: ["https"], hosts: "public" as const, ports: [443] };

interface Zone {
  readonly a?: readonly number[];
  readonly aaaa?: readonly number[];
  /** An alias that the answer begins with. */
  readonly alias?: string;
  readonly code?: number;
}

function readName(message: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join("."), end: at + 1 };
}

function writeName(name: string): Buffer {
  const labels = name
    .split(".")
    .map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`));
  return Buffer.concat([...labels, Buffer.from([0])]);
}

function record(owner: Buffer, type: number, data: Uint8Array): Buffer {
  const head = Buffer.from([0, type, 0, 1, 0, 0, 0, 0, 0, data.byteLength]);
  return Buffer.concat([owner, head, data]);
}

/** A name server (RFC 1035 §4) that knows one zone per name and is silent about others. */
async function nameServer(t: TestContext, zones: Readonly<Record<string, Zone>>) {
  const asked: string[] = [];
  const socket = createSocket("udp4");
  socket.on("message", (message, peer) => {
    const { name, end } = readName(message);
    const type = message.readUInt16BE(end);
    asked.push(`${name} ${type === typeA ? "A" : "AAAA"}`);
    const zone = zones[name.toLowerCase()];
    if (zone === undefined) return;
    const data = type === typeA ? zone.a : zone.aaaa;
    const pointer = Buffer.from([0xc0, 0x0c]);
    const owner = zone.alias === undefined ? pointer : writeName(zone.alias);
    const answers = [
      ...(zone.alias === undefined ? [] : [record(pointer, typeCname, writeName(zone.alias))]),
      ...(data === undefined
        ? []
        : [record(owner, type === typeA ? typeA : typeAaaa, Uint8Array.from(data))]),
    ];
    const head = Buffer.from(message.subarray(0, 12));
    head.writeUInt16BE(0x8180 | (zone.code ?? 0), 2);
    head.writeUInt16BE(answers.length, 6);
    head.writeUInt32BE(0, 8);
    socket.send(
      Buffer.concat([head, message.subarray(12, end + 4), ...answers]),
      peer.port,
      peer.address,
    );
  });
  await new Promise<void>((resolve) => {
    socket.bind(0, "127.0.0.1", resolve);
  });
  t.after(() => socket.close());
  const { port } = socket.address();
  return { asked, servers: [`127.0.0.1:${port}`] };
}

const public4 = [8, 8, 8, 8];
const loopback6 = [...Array.from({ length: 15 }, () => 0), 1];

describe("createSystemResolver", () => {
  it("asks for both families of the complete name, and gives every answer", async (t) => {
    const zones = { "dual.example.com": { a: public4, aaaa: loopback6 } };
    const { asked, servers } = await nameServer(t, zones);
    const resolve = createSystemResolver({ servers });
    assert.deepEqual(await resolve("dual.example.com"), [
      { address: "::1", family: 6 },
      { address: "8.8.8.8", family: 4 },
    ]);
    assert.deepEqual(asked.toSorted(), ["dual.example.com A", "dual.example.com AAAA"]);
    const decision = await checkDestination("https://dual.example.com/", policy, resolve);
    assert.equal(decision.effect === "deny" && decision.reason, "loopback");
  });

  it("is content with one family", async (t) => {
    const { servers } = await nameServer(t, { "four.example.com": { a: public4 } });
    const resolve = createSystemResolver({ servers });
    const decision = await checkDestination("https://four.example.com/", policy, resolve);
    assert.deepEqual(decision.effect === "allow" && decision.addresses, [
      { address: "8.8.8.8", family: 4 },
    ]);
  });

  it("follows an alias, and the judgement sees where it ends", async (t) => {
    const zones = { "alias.example.com": { alias: "db.inside.example", a: [10, 0, 0, 1] } };
    const { servers } = await nameServer(t, zones);
    const resolve = createSystemResolver({ servers });
    assert.deepEqual(await resolve("alias.example.com"), [{ address: "10.0.0.1", family: 4 }]);
    const decision = await checkDestination("https://alias.example.com/", policy, resolve);
    assert.equal(decision.effect === "deny" && decision.reason, "private");
  });

  it("rejects for a name that does not exist, and for a server that is silent", async (t) => {
    const { servers } = await nameServer(t, { "gone.example.com": { code: 3 } });
    const resolve = createSystemResolver({ servers, timeoutMs: 50 });
    await assert.rejects(resolve("gone.example.com"), { code: "ENOTFOUND" });
    const started = performance.now();
    await assert.rejects(resolve("silent.example.com"), { code: "ETIMEOUT" });
    assert.ok(performance.now() - started < 2_000);
    const decision = await checkDestination("https://gone.example.com/", policy, resolve);
    assert.equal(decision.effect === "deny" && decision.reason, "resolution-failed");
  });
});
