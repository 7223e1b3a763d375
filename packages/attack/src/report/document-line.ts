/**
 * Where an OpenAPI document speaks of an operation: a line to point at.
 *
 * @module
 */

const methods = /^\s*["']?(get|head|post|put|patch|delete|options|trace)["']?\s*:/i;

/**
 * The line, from 1, on which a document in YAML or JSON begins to describe "METHOD /path";
 * 1 when it does not name it. JSON on a single line is line 1.
 */
export function lineOf(target: string, document: string): number {
  const [method = "", path = ""] = target.split(" ");
  const lines = document.split("\n");
  const start = path === "" ? -1 : lines.findIndex((line) => keyOf(line) === path);
  if (start === -1) return 1;
  const indent = indentOf(lines[start] ?? "");
  for (const [offset, line] of lines.slice(start + 1).entries()) {
    if (line.trim() !== "" && indentOf(line) <= indent) break;
    if (methods.exec(line)?.[1]?.toUpperCase() === method) return start + offset + 2;
  }
  return start + 1;
}

function keyOf(line: string): string | undefined {
  return /^\s*["']?(\/[^"':]*)["']?\s*:/.exec(line)?.[1];
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}
