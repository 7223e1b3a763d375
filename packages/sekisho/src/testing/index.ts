export { createManualClock, type ManualClock } from "./manual-clock.ts";
export { createSeededRandomness } from "./seeded-randomness.ts";
export {
  createTestAuthenticator,
  testPrincipal,
  type TestAuthenticator,
  type TestPrincipalOptions,
} from "./test-principal.ts";
export {
  startTestApi,
  type TestAnswer,
  type TestApi,
  type TestApiOptions,
  type TestRequest,
} from "./test-api.ts";
export {
  cutAnswer,
  hugeAnswer,
  jsonAnswer,
  redirectAnswer,
  slowAnswer,
  startFakeUpstream,
  wrongSchemaAnswer,
  type FakeAnswer,
  type FakeUpstream,
  type SeenRequest,
} from "./fake-upstream.ts";
export { createFakeResolver, type FakeResolver } from "./fake-resolver.ts";
export * from "./databases.ts";
