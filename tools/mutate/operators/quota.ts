/**
 * Taking quotas away and making them a hundred times as large (API4).
 *
 * @module
 */

import type { Node } from "oxc-parser";
import type { Operator, Place } from "../mutant.ts";
import { endpointsOf } from "../source/declarations.ts";
import { addProperty, remove, replace } from "../source/edit.ts";
import {
  literalText,
  nodesIn,
  propertyOf,
  type Project,
  type SourceText,
} from "../source/source-text.ts";

const risk = "API4";
const notation = /^\d+\/(?:\d+ )?(?:second|minute|hour|day)s?(?:;|$)/;
const factor = 100;

/** A quota with every limit a hundred times as large. */
export function raised(quota: string): string {
  return quota.replaceAll(/(^|;)(\d+)\//g, (_whole, begin: string, limit: string) => {
    return `${begin}${Number(limit) * factor}/`;
  });
}

function* deletedQuotas(project: Project): Iterable<Place> {
  for (const { source, name, own } of endpointsOf(project)) {
    const quota = own("quota");
    if (quota === undefined) continue;
    const edits = [remove(source, quota)];
    yield { subject: name, risk, source, position: quota.start, edits };
  }
}

function quotaTexts(node: Node): readonly Node[] {
  return [...nodesIn(node)].filter((one) => notation.test(literalText(one) ?? ""));
}

function* raisedQuotas(project: Project): Iterable<Place> {
  for (const { source, object, name, own } of endpointsOf(project)) {
    const quota = own("quota");
    if (quota === undefined) {
      // Nothing said is the default of the library, which is a quota as well.
      const text = `quota: "${raised("200/minute")}"`;
      const edits = [addProperty(source, object, text)];
      yield { subject: name, risk, source, position: object.start, edits };
      continue;
    }
    for (const text of quotaTexts(quota.value)) {
      const edits = [replace(source, text, `"${raised(literalText(text) ?? "")}"`)];
      yield { subject: name, risk, source, position: text.start, edits };
    }
  }
}

/** Allowances that the library gives where nothing is said, and to its own endpoints. */
function* raisedDefaults(project: Project): Iterable<Place> {
  const sources = project.sources.filter(({ path }) =>
    path.startsWith("packages/sekisho/src/http/"),
  );
  for (const source of sources)
    for (const text of quotaTexts(source.program)) {
      const value = literalText(text) ?? "";
      const edits = [replace(source, text, `"${raised(value)}"`)];
      const subject = `${source.path.split("/").at(-1) ?? ""} ${value}`;
      const variant = nameBefore(source, text.start);
      yield { subject, variant, risk, source, position: text.start, edits };
    }
}

/** What the value at this position is said about: the path or the name nearest before it. */
function nameBefore(source: SourceText, position: number): string {
  const before = source.text.slice(0, position);
  const names = [...before.matchAll(/(?:function|const) (\w+)/g)];
  return names.at(-1)?.[1] ?? "";
}

function* deletedParts(project: Project): Iterable<Place> {
  for (const { source, name, own } of endpointsOf(project)) {
    const cost = own("cost");
    const quota = own("quota")?.value;
    const shared = quota?.type === "ObjectExpression" ? propertyOf(quota, "sharedAs") : undefined;
    for (const [variant, property] of Object.entries({ cost, shared })) {
      if (property === undefined) continue;
      const edits = [remove(source, property)];
      yield { subject: name, variant, risk, source, position: property.start, edits };
    }
  }
}

/** Operators on quotas. */
export const quotaOperators: readonly Operator[] = [
  {
    name: "quota-deleted",
    what: "takes the quota of an endpoint away, so that the default holds",
    find: deletedQuotas,
  },
  {
    name: "quota-raised",
    what: "makes the quota of an endpoint a hundred times as large",
    find: raisedQuotas,
  },
  {
    name: "default-quota-raised",
    what: "makes an allowance of the library a hundred times as large",
    find: raisedDefaults,
  },
  {
    name: "quota-part-deleted",
    what: "counts a batch as one, or two versions of an endpoint apart",
    find: deletedParts,
  },
];
