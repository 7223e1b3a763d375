#!/usr/bin/env node
// Plain JavaScript that any Node reads: an older one is told so instead of failing over types.
import { existsSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";

const needed = [24, 7];
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

// In a checkout the source is what somebody works on, and a build of yesterday would mislead. Node
// reads no types below node_modules, and there the build is what was published.
const source = new URL("../src/main.ts", import.meta.url);
const path = fileURLToPath(source);
const inCheckout = !/[\\/]node_modules[\\/]/.test(path) && existsSync(path);

if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  process.stderr.write(
    `sekisho needs Node ${needed.join(".")} or later, this is ${process.versions.node} (${process.execPath}).\n` +
      (inCheckout
        ? "On Linux x64 `npm ci` brings it along; start it with `npx sekisho`.\n"
        : "Install it from https://nodejs.org and start the command again.\n"),
  );
  process.exitCode = 2;
} else if (inCheckout) {
  const { registerHooks } = await import("node:module");
  registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: [...context.conditions, "@sekisho/source"] }),
  });
  await import(source.href);
} else await import("../dist/main.js");
