// The page's own module on a pipe: a line with a message in, a line with what the page has then out. "again" is a new
// connection; null comes back for a message that changes something that never came.
import { createInterface } from "node:readline";
import { Changes, changedFragments } from "../../static/js/changes.js";

const changes = new Changes();
const shown = {}; // HTML by fragment, as the page has it
for await (const line of createInterface({ input: process.stdin })) {
  if (line === "again") {
    changes.forget();
    console.log("null");
    continue;
  }
  const read = changes.read(JSON.parse(line));
  if (read && JSON.parse(line).kind === "fragments") Object.assign(shown, changedFragments(read));
  console.log(JSON.stringify(read && { content: read.content, shown }));
}
