/** Pages for people: the first one, and the documentation that works without the internet. */

import { readFileSync } from "node:fs";
import { documentEndpoint, openApiEndpoint, type Endpoint } from "sekisho/http";
import { pageContentSecurityPolicy } from "sekisho/hardening";
import type { OpenApiDocument } from "sekisho/inventory";
import { since } from "./services.ts";

const common = { team: "platform", since } as const;
const html = "text/html; charset=utf-8";

function file(name: string): string {
  return readFileSync(new URL(`../pages/${name}`, import.meta.url), "utf8");
}

const policy = pageContentSecurityPolicy({});

/** Files of the pages, by what they are for; each is served under `/docs/`. */
const assets = [
  ["docs.css", "text/css; charset=utf-8", "Style of the pages"],
  ["docs.js", "text/javascript; charset=utf-8", "The documentation page lays itself out"],
  ["describe.js", "text/javascript; charset=utf-8", "What is said about an operation"],
  ["elements.js", "text/javascript; charset=utf-8", "Elements of the documentation page"],
  ["try.js", "text/javascript; charset=utf-8", "Reading calls from the documentation page"],
  ["icon.svg", "image/svg+xml", "Icon of the pages"],
] as const;

/** The endpoints of this area. */
export function pageEndpoints(openApi: () => OpenApiDocument): readonly Endpoint[] {
  return [
    documentEndpoint({
      ...common,
      path: "/",
      summary: "What this service is",
      mediaType: html,
      contentSecurityPolicy: policy,
      content: () => file("index.html"),
    }),
    documentEndpoint({
      ...common,
      path: "/docs",
      summary: "The documentation, for people",
      mediaType: html,
      contentSecurityPolicy: policy,
      content: () => file("docs.html"),
    }),
    ...assets.map(([name, mediaType, summary]) =>
      documentEndpoint({
        ...common,
        path: `/docs/${name}`,
        summary,
        mediaType,
        content: () => file(name),
      }),
    ),
    openApiEndpoint({ ...common, openApi }),
    documentEndpoint({
      ...common,
      path: "/.well-known/security.txt",
      summary: "How to report a weakness",
      mediaType: "text/plain; charset=utf-8",
      content: () =>
        [
          "Contact: mailto:security@shop.example",
          "Expires: 2027-10-31T00:00:00Z",
          "Preferred-Languages: en, ja",
          "",
        ].join("\n"),
    }),
  ];
}
