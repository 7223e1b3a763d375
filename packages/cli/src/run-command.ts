/**
 * The commands, their options and their help.
 *
 * Promise: every fault is one line that says what to do, and ends with 2; only `attack` ends with 1,
 * and only for findings.
 *
 * @module
 */

import { Command, CommanderError, Option } from "commander";
import { runAttackCommand } from "./attack/attack-command.ts";
import type { GivenOptions } from "./attack/attack-settings.ts";
import { settingNames, type SettingName } from "./attack/setting-names.ts";
import { CommandFault, messageOf } from "./fault.ts";
import { attackHelp, overviewHelp, routesHelp, techniquesHelp } from "./help.ts";
import { runRoutes, type RoutesOptions } from "./routes/routes-command.ts";
import type { Surroundings } from "./surroundings.ts";
import { runTechniques } from "./techniques/techniques-command.ts";
import { version } from "./version.ts";

/**
 * Runs one command line and returns its exit code: 0 done, 1 findings, 2 could not run.
 *
 * @example
 * process.exitCode = await runCommand(["routes", "openapi.json"], surroundings);
 */
export async function runCommand(
  words: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  let code = 0;
  const program = createProgram(surroundings, (result) => (code = result));
  try {
    await program.parseAsync([...words], { from: "user" });
    return code;
  } catch (error) {
    // Commander has said already what is wrong; asking for help ends well.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    surroundings.stderr.write(`sekisho: ${messageOf(error)}${hintFor(error)}\n`);
    if (!(error instanceof CommandFault) && words.includes("--verbose") && error instanceof Error)
      surroundings.stderr.write(`${error.stack ?? ""}\n`);
    return 2;
  }
}

/** What to type against a fault of the engine, which does not know how it was called. */
function hintFor(error: unknown): string {
  switch (error instanceof Error ? error.name : "") {
    case "TargetFault":
      return " (--i-own HOST)";
    case "DocumentFault":
      return " (--openapi FILE or URL)";
    case "PrincipalsFault":
      return " (--principals FILE; docs/attack.md shows its forms)";
    default:
      return "";
  }
}

function createProgram(surroundings: Surroundings, end: (code: number) => void): Command {
  const { stdout, stderr } = surroundings;
  const program = new Command("sekisho")
    .description("Attacks a running HTTP API, and shows what an API declares.")
    .version(version, "-V, --version", "show the version")
    .helpOption("-h, --help", "show help; also: sekisho attack --help")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      getOutHelpWidth: () => 80,
      getErrHelpWidth: () => 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      outputError: (text, write) => write(text.replace(/^error:/, "sekisho:")),
    })
    .showSuggestionAfterError(true)
    .addHelpText("after", overviewHelp);
  program.addCommand(inherit(program, attackCommand(surroundings, end)));
  program.addCommand(inherit(program, routesCommand(surroundings, end)));
  program.addCommand(inherit(program, techniquesCommand(surroundings, end)));
  return program;
}

function inherit(program: Command, command: Command): Command {
  return command.copyInheritedSettings(program).helpOption("-h, --help", "show this help");
}

function attackCommand(surroundings: Surroundings, end: (code: number) => void): Command {
  const command = new Command("attack")
    .summary("attack a running API and report what it proved")
    .description(
      "Attacks a running HTTP API as several principals, from its OpenAPI document, and\n" +
        "reports for each of the ten OWASP API risks what it proved.",
    )
    .argument("[URL]", "the running API, such as http://127.0.0.1:8080");
  for (const name of settingNames) command.addOption(optionOf(name));
  command
    .addOption(
      new Option("--no-color", "no colours (NO_COLOR does the same)").helpGroup("What is said:"),
    )
    .addHelpText("after", attackHelp);
  return command.action(async (url: string | undefined) => {
    end(await runAttackCommand(url, givenOptions(command), surroundings));
  });
}

function optionOf({ key, kind, value, help, group }: SettingName): Option {
  const option = new Option(value === "" ? `--${key}` : `--${key} ${value}`, help).helpGroup(group);
  const repeats = kind === "words" || kind === "texts" || kind === "secrets";
  return repeats
    ? option.argParser((text: string, before: readonly string[] | undefined) => [
        ...(before ?? []),
        text,
      ])
    : option;
}

/** Values under the names of the table; only what was typed. */
function givenOptions(command: Command): GivenOptions {
  const values = command.opts<Record<string, unknown>>();
  const given = settingNames.flatMap(({ key }) => {
    const value = values[key.replaceAll(/-(\w)/g, (_dash, letter: string) => letter.toUpperCase())];
    return value === undefined ? [] : [[key, value] as const];
  });
  return { ...Object.fromEntries(given), ...(values["color"] === false && { "no-color": true }) };
}

function routesCommand(surroundings: Surroundings, end: (code: number) => void): Command {
  return new Command("routes")
    .summary("show the endpoints and what protects each")
    .description("Shows every endpoint with who may call it, its quota, its life and its team.")
    .argument("[URL|FILE]", "OpenAPI document (default: http://127.0.0.1:8080/openapi.json)")
    .option("--module <FILE>", "ask the source instead: a module that exports the API")
    .option("--export <NAME>", "name of that export (default: describe, then api)")
    .option("--unsafe", "only the escape hatches; needs --module")
    .option("--json", "as JSON")
    .addHelpText("after", routesHelp)
    .action(async (place: string | undefined, options: RoutesOptions) => {
      end(await runRoutes(place, options, surroundings));
    });
}

function techniquesCommand(surroundings: Surroundings, end: (code: number) => void): Command {
  return new Command("techniques")
    .summary("list every technique that an attack can try")
    .description("Lists the techniques: id, risk, severity, what is tried and what it needs.")
    .option("--json", "as JSON")
    .addHelpText("after", techniquesHelp)
    .action(async (options: { readonly json?: boolean }) => {
      end(await runTechniques(options.json === true, surroundings));
    });
}
