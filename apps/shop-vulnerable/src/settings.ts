/** Where the toy may run: for one person on one machine. */

/** What the environment may say. */
export interface Settings {
  readonly port: number;
  readonly partnerPort: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Stops a start in production. */
export function refuseProduction(environment: Environment): void {
  if (environment["NODE_ENV"] === "production")
    throw new Error("The vulnerable shop does not start with NODE_ENV=production.");
}

/** Reads `PORT` (8090) and `PARTNER_PORT` (any), and refuses every `HOST` but this machine. */
export function readSettings(environment: Environment): Settings {
  refuseProduction(environment);
  const host = environment["HOST"] ?? "127.0.0.1";
  if (host !== "127.0.0.1" && host !== "localhost")
    throw new Error(
      "The vulnerable shop listens on 127.0.0.1 only: HOST must be left out or 127.0.0.1.",
    );
  return {
    port: portOf("PORT", environment["PORT"] ?? "8090"),
    partnerPort: portOf("PARTNER_PORT", environment["PARTNER_PORT"] ?? "0"),
  };
}

function portOf(name: string, text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new Error(`${name} must be a port from 0 to 65535.`);
  return Number(text);
}
