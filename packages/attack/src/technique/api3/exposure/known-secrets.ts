/**
 * Secrets of the run: passwords and tokens of its principals, by which an answer is convicted without
 * looking at names.
 *
 * @module
 */

import { isNode } from "../../../document/node.ts";
import { holds } from "../../../oracle/marks.ts";
import type { Principal } from "../../../principal/principal.ts";
import { passwordOf } from "../../../world/prepare.ts";
import type { World } from "../../../world/world.ts";

/** A secret with its holder. */
export interface KnownSecret {
  readonly holder: Principal;
  readonly kind: "password" | "token";
  readonly value: string;
}

/** The secrets of all principals that are long enough to be found by chance nowhere. */
export function knownSecrets(world: World): readonly KnownSecret[] {
  return world.principals.flatMap((holder) => {
    const { token, refreshToken } = world.credentialOf(holder);
    const password = passwordOf(holder) ?? basicPassword(token) ?? pinOf(holder);
    const named = [holder.facts["username"], holder.facts["email"], holder.name, holder.role];
    const secrets: readonly (readonly [KnownSecret["kind"], string | undefined])[] = [
      ["password", password],
      ["token", token],
      ["token", refreshToken],
    ];
    return secrets.flatMap(([kind, value]) =>
      value === undefined || value.length < 8 || named.includes(value)
        ? []
        : [{ holder, kind, value }],
    );
  });
}

/** The password in a Basic credential. */
function basicPassword(token: string | undefined): string | undefined {
  if (token === undefined || !/^[A-Za-z\d+/]+=*$/.test(token)) return undefined;
  const text = Buffer.from(token, "base64").toString();
  return /^[\x20-\x7e]+:[\x20-\x7e]+$/.test(text) ? text.slice(text.indexOf(":") + 1) : undefined;
}

/** A secret that the sign-in names otherwise. */
function pinOf({ recipe }: Principal): string | undefined {
  if (!isNode(recipe?.body)) return undefined;
  const found = Object.entries(recipe.body).find(([name]) =>
    /^(pin|secret|passphrase|code)$/i.test(name),
  );
  return typeof found?.[1] === "string" ? found[1] : undefined;
}

/** The secrets that a text holds. */
export function secretsIn(text: string, secrets: readonly KnownSecret[]): readonly KnownSecret[] {
  return secrets.filter(({ value }) => holds(text, value));
}
