/**
 * Loads the PostgreSQL driver when something needs it.
 *
 * Promise: an application on the embedded database runs without the package `pg`; one that names a
 * server without it learns at once what to install. Limits: the version is checked by the package
 * manager only.
 *
 * @module
 */

import { createRequire } from "node:module";

type Driver = typeof import("pg");

const require = createRequire(import.meta.url);

/**
 * The driver.
 *
 * @throws Error when the package is not installed.
 */
export function loadPg(): Driver {
  try {
    return require("pg") as Driver;
  } catch (cause) {
    throw new Error("PostgreSQL is reached through the package pg, which is not installed", {
      cause,
    });
  }
}
