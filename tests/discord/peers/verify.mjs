// Says what discord-interactions thinks of a signature: a line of JSON in, a line out.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(`${process.env.PEERS}/node/package.json`);
const { verifyKey } = require("discord-interactions");

for await (const line of createInterface({ input: process.stdin })) {
  const { body, signature, time, public: key } = JSON.parse(line);
  const good = await verifyKey(Buffer.from(body, "hex"), signature, time, key);
  console.log(JSON.stringify({ good }));
}
