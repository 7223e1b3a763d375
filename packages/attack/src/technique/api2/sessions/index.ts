import type { Technique } from "../../technique.ts";
import { signInToEndedAccount, tokenOfEndedAccount } from "./ended-accounts.ts";
import { garbageCredential } from "./garbage-credential.ts";
import { identityHeaders } from "./identity-headers.ts";
import { newPasswordWithoutOld, sessionsAfterNewPassword } from "./new-password.ts";
import { noCredential } from "./no-credential.ts";
import { otherPlaces, otherSchemes } from "./other-places.ts";
import { predictableToken } from "./predictable-token.ts";
import { refreshOfAnother, refreshReuse } from "./refresh-tokens.ts";
import { cookieFlags, sessionFixation } from "./session-cookies.ts";
import { signOutWithoutEnd } from "./sign-out.ts";
import { keyInUrl, secretsInToken, tokenLifetime } from "./token-claims.ts";
import { twoCredentials } from "./two-credentials.ts";

/** Techniques on sessions and places of credentials, in the order of the catalogue. */
export const sessionTechniques: readonly Technique[] = [
  tokenOfEndedAccount,
  noCredential,
  garbageCredential,
  otherSchemes,
  otherPlaces,
  twoCredentials,
  signOutWithoutEnd,
  sessionsAfterNewPassword,
  refreshReuse,
  refreshOfAnother,
  sessionFixation,
  predictableToken,
  cookieFlags,
  tokenLifetime,
  secretsInToken,
  keyInUrl,
  newPasswordWithoutOld,
  signInToEndedAccount,
  identityHeaders,
];
