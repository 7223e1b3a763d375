/** API8:2023 Security Misconfiguration: encrypted transport (requirements API8.V5, P4; RFC 6797). */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { assertHeaders, textOf } from "../hardened-answer.ts";
import { exchange } from "../raw-exchange.ts";
import { runShop, type RunningShop } from "../running-shop.ts";

describe("API8: over TLS, and only over TLS, browsers are told to stay there", () => {
  let running: RunningShop;

  before(async () => {
    const folder = mkdtempSync(join(tmpdir(), "sekisho-certificate-"));
    try {
      const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
      const request =
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost";
      const files = ["-keyout", key, "-out", certificate];
      execFileSync("openssl", [...request.split(" "), ...files], { stdio: "ignore" });
      running = await runShop(
        {},
        { TLS_KEY: readFileSync(key, "utf8"), TLS_CERTIFICATE: readFileSync(certificate, "utf8") },
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
  after(() => running.close());

  it("sends Strict-Transport-Security on every kind of answer", async () => {
    assert.match(running.origin, /^https:/);
    const messages = [
      [200, textOf({ path: "/livez" })],
      [401, textOf({ path: "/api/users/me" })],
      [404, textOf({ path: "/nothing" })],
      [405, textOf({ method: "PUT", path: "/livez" })],
      [400, "THIS IS NOT HTTP\r\n\r\n"],
      [431, textOf({ path: "/livez", fields: [`x-long: ${"a".repeat(20_000)}`] })],
    ] as const;
    for (const [status, message] of messages) {
      const answer = await exchange(running.origin, message);
      assert.equal(answer.status, status);
      assertHeaders(answer, message.slice(0, 60), { tls: true });
    }
  });

  it("answers nobody who speaks plain HTTP, and redirects nobody", async () => {
    const plain = running.origin.replace("https:", "http:");
    await assert.rejects(exchange(plain, textOf({ path: "/livez" })));
    assert.equal((await exchange(running.origin, textOf({ path: "/livez" }))).status, 200);
  });
});
