import type { Technique } from "../../technique.ts";
import { signInByForeignPage } from "../sessions/session-cookies.ts";
import { codeGuessing } from "./code-guessing.ts";
import { confusableNames } from "./confusable-names.ts";
import { enumerationByRecovery, enumerationBySignIn, enumerationByTime } from "./enumeration.ts";
import { guessingWithoutLimit } from "./guessing.ts";
import { defaultCredentials, exampleCredentials } from "./known-credentials.ts";
import {
  limitByBurst,
  limitByHeader,
  limitByAddressOnly,
  limitBySpelling,
} from "./limit-bypass.ts";
import { codeInAnswer, codeUsedAgain } from "./shown-code.ts";
import { signInInjection, signInJuggling } from "./sign-in-bypass.ts";
import { takenAddress } from "./taken-address.ts";
import { weakPassword } from "./weak-password.ts";

/** Techniques on sign-in, registration and recovery, in the order of the catalogue. */
export const credentialTechniques: readonly Technique[] = [
  confusableNames,
  guessingWithoutLimit,
  limitByAddressOnly,
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
