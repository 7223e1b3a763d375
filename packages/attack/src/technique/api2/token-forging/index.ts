import type { Technique } from "../../technique.ts";
import {
  earlyToken,
  expiredToken,
  otherAlgorithm,
  otherAudience,
  otherType,
  unknownExtension,
} from "./claims.ts";
import { embeddedCertificate, embeddedKey } from "./header-keys.ts";
import { certificateAddress, keySetAddress, ownIssuer } from "./header-urls.ts";
import { curveConfusion, rsaConfusion } from "./key-confusion.ts";
import { keyFromEmptyFile, keyFromKnownFile, keyFromQuery, unknownKeyId } from "./key-id.ts";
import { tokenSpelling } from "./malleability.ts";
import { noAlgorithm } from "./no-algorithm.ts";
import { shortSigningKey } from "./short-keys.ts";
import {
  changedClaims,
  corruptedSignature,
  strippedSignature,
  zeroSignature,
} from "./signature.ts";
import { tokenTypeConfusion } from "./token-types.ts";
import { emptySecret, weakSecret } from "./weak-secret.ts";

/** Techniques that forge tokens, in the order of the catalogue. */
export const tokenForgingTechniques: readonly Technique[] = [
  strippedSignature,
  corruptedSignature,
  changedClaims,
  noAlgorithm,
  rsaConfusion,
  curveConfusion,
  otherAlgorithm,
  emptySecret,
  weakSecret,
  embeddedKey,
  keySetAddress,
  certificateAddress,
  embeddedCertificate,
  keyFromEmptyFile,
  keyFromKnownFile,
  keyFromQuery,
  unknownKeyId,
  expiredToken,
  earlyToken,
  otherAudience,
  ownIssuer,
  tokenTypeConfusion,
  otherType,
  unknownExtension,
  zeroSignature,
  tokenSpelling,
  shortSigningKey,
];
