/**
 * What the help shows besides the options: examples first.
 *
 * @module
 */

/** Below the help of `sekisho`. */
export const overviewHelp = `
Examples:
  sekisho attack http://127.0.0.1:8080 --principals principals.yaml
  sekisho routes openapi.json
  sekisho techniques
`;

/** Below the help of `sekisho attack`. */
export const attackHelp = `
Examples:
  What would be tried, without sending anything:
    sekisho attack http://127.0.0.1:8080 --principals principals.yaml --dry-run
  One risk at some operations, with all that was tried:
    sekisho attack http://127.0.0.1:8080 --principals principals.yaml \\
      --only API1 --operation /orders --verbose
  A host of your own, with a document that lies elsewhere:
    sekisho attack https://staging.example --i-own staging.example \\
      --openapi openapi.yaml --principals principals.yaml --rate 10
  Reports for others, with known findings left out:
    sekisho attack http://127.0.0.1:8080 --principals principals.yaml \\
      --baseline baseline.json --sarif attack.sarif --html attack.html

A principals file:
  principals:
    - { name: alice, role: user, token: "\${ALICE_TOKEN}" }
    - { name: bob, role: user, token: "\${BOB_TOKEN}" }
    - { name: carol, role: admin, token: "\${CAROL_TOKEN}" }

Options that repeat: --i-own, --webhook-secret, --only, --skip, --operation.
A config file has the same names: rate: 10, only: [API1, API5].
Ctrl-C ends early with a partial report; a second one ends at once.

Exit codes:
  0  attacked, and no finding that the baseline does not know
  1  findings
  2  could not run, or ended early without a finding
`;

/** Below the help of `sekisho routes`. */
export const routesHelp = `
Examples:
  sekisho routes http://127.0.0.1:8080
  sekisho routes openapi.json --json
  sekisho routes --module src/api.ts --unsafe
`;

/** Below the help of `sekisho techniques`. */
export const techniquesHelp = `
Examples:
  sekisho techniques
  sekisho techniques --json
`;
