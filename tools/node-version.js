// Plain JavaScript and loaded first (node --import): an older Node cannot even read the rest.
const needed = [24, 7];
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  process.stderr.write(
    `sekisho needs Node ${needed.join(".")} or later, this is ${process.versions.node} (${process.execPath}).\n` +
      "On Linux x64 `npm ci` brings it along; start the command with `npm run`, elsewhere install it.\n",
  );
  process.exit(1);
}
