/**
 * Finds a way to make tokens that are accepted, so that what the claims say can be tested.
 *
 * @module
 */

import type { World } from "../../../world/world.ts";
import { rememberedPath, rememberPath, type Forge, type SigningPath } from "./forge.ts";
import { confusedTokens } from "./key-confusion.ts";
import { unsignedTokens } from "./no-algorithm.ts";
import { publicKeys } from "./public-keys.ts";
import type { Forgery } from "./try-forgeries.ts";
import { emptyKeys, guessedTokens } from "./weak-secret.ts";

/** Why what needs such a way was not tried. */
export const noPath = "no way was found to sign a token that is accepted";

/** A way to make tokens that are accepted; `undefined` when none is known. */
export async function signingPath(world: World, forge: Forge): Promise<SigningPath | undefined> {
  const known = rememberedPath(world);
  if (known?.signed === true) return known;
  for (const { variant, token, sign, unsigned = false } of await likely(world, forge)) {
    if (sign === undefined || (known !== undefined && unsigned)) continue;
    if (forge.whom(await forge.send(token)) === undefined) continue;
    const path = { words: variant, sign, signed: !unsigned };
    rememberPath(world, path);
    return path;
  }
  return known;
}

/** Few of each family: the families themselves try all. */
async function likely(world: World, forge: Forge): Promise<readonly Forgery[]> {
  if (forge.algorithm.startsWith("HS"))
    return [
      ...guessedTokens(world, forge),
      ...unsignedTokens(forge).slice(0, 4),
      ...emptyKeys(forge),
    ];
  return [
    ...unsignedTokens(forge).slice(0, 4),
    ...confusedTokens(forge, await publicKeys(world)).slice(0, 6),
    ...emptyKeys(forge),
  ];
}
