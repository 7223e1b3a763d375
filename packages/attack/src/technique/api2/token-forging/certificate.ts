/**
 * A self-signed certificate for a key of our own, written in DER by hand.
 *
 * Limits: version 1 with a common name and nothing else; RSA with SHA-256.
 *
 * @module
 */

import { sign, type KeyObject } from "node:crypto";

function tagged(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const long = length > 0xff ? [0x82, length >> 8, length & 0xff] : [0x81, length];
  const size = length < 0x80 ? [length] : long;
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => tagged(0x30, ...parts);
const identifier = (bytes: readonly number[]): Buffer => tagged(0x06, Buffer.from(bytes));

/** SHA-256 with RSA, and its absent parameters. */
const algorithm = sequence(
  identifier([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b]),
  tagged(0x05),
);

function nameOf(commonName: string): Buffer {
  const attribute = sequence(identifier([0x55, 0x04, 0x03]), tagged(0x0c, Buffer.from(commonName)));
  return sequence(tagged(0x31, attribute));
}

function instant(milliseconds: number): Buffer {
  const digits = new Date(milliseconds).toISOString().replaceAll(/\D/g, "").slice(2, 14);
  return tagged(0x17, Buffer.from(`${digits}Z`));
}

const day = 86_400_000;

/** A certificate in DER for an RSA key pair, valid from yesterday for a month. */
export function selfSigned(
  { secret, publicKey }: { readonly secret: KeyObject; readonly publicKey: KeyObject },
  commonName: string,
  now: number,
): Buffer {
  const name = nameOf(commonName);
  const body = sequence(
    tagged(0x02, Buffer.from([1])),
    algorithm,
    name,
    sequence(instant(now - day), instant(now + 30 * day)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
  );
  const signature = sign("sha256", body, secret);
  return sequence(body, algorithm, tagged(0x03, Buffer.from([0]), signature));
}

/** The same in PEM. */
export function inPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
