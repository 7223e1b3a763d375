import type { Technique } from "../../technique.ts";
import { signInByForeignPage } from "../sessions/session-cookies.ts";
import { confusableNames } from "./confusable-names.ts";
import { enumerationByRecovery, enumerationBySignIn, enumerationByTime } from "./enumeration.ts";
import { guessingWithoutLimit } from "./guessing.ts";
import { defaultCredentials, exampleCredentials } from "./known-credentials.ts";
import { limitByBurst, limitByHeader, limitByOneThing, limitBySpelling } from "./limit-bypass.ts";
import { codeGuessing, codeInAnswer, codeUsedAgain } from "./recovery.ts";
import { signInInjection, signInJuggling } from "./sign-in-bypass.ts";
import { takenAddress } from "./taken-address.ts";
import { weakPassword } from "./weak-password.ts";

/** Techniques on sign-in, registration and recovery, in the order of the catalogue. */
export const credentialTechniques: readonly Technique[] = [
  confusableNames,
  guessingWithoutLimit,
  limitByOneThing,
  limitByHeader,
  limitBySpelling,
  limitByBurst,
  enumerationBySignIn,
  enumerationByTime,
  enumerationByRecovery,
  weakPassword,
  codeGuessing,
  codeInAnswer,
  codeUsedAgain,
  defaultCredentials,
  exampleCredentials,
  signInByForeignPage,
  signInInjection,
  signInJuggling,
  takenAddress,
];
