export { createStore, type Store, type StoreOptions } from "./create-store.ts";
export { answersAt, createScratchDatabase, type ScratchDatabase } from "./scratch-database.ts";
export { isUniqueViolation, translateDatabaseError } from "./database-error.ts";
export * from "./register.ts";
export { loginFaults, rowSecurityFaults } from "./row-security.ts";
export { Transaction, type Records } from "./transaction.ts";
