import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createLocalBroadcast } from "sekisho/kernel";

describe("the broadcast within one process", () => {
  it("reaches every listener of the topic, after publish and not within it", async () => {
    const broadcast = createLocalBroadcast();
    const heard: string[] = [];
    const listen = (message: string) => void heard.push(message);
    await broadcast.subscribe("topic", listen);
    await broadcast.subscribe("topic", listen);
    await broadcast.subscribe("other", () => void heard.push("wrong topic"));
    const published = broadcast.publish("topic", "one");
    assert.deepEqual(heard, []);
    await published;
    await nextTurn();
    assert.deepEqual(heard, ["one", "one"]);
  });

  it("reaches nobody who left, not even on the way", async () => {
    const broadcast = createLocalBroadcast();
    const heard: string[] = [];
    const leave = await broadcast.subscribe("topic", () => void heard.push("left"));
    await broadcast.subscribe("topic", () => void heard.push("stayed"));
    const published = broadcast.publish("topic", "one");
    await leave();
    await published;
    await nextTurn();
    assert.deepEqual(heard, ["stayed"]);
  });

  it("says once that it was closed, and rejects from then on", async () => {
    const broadcast = createLocalBroadcast();
    const changes: boolean[] = [];
    broadcast.onConnectionChange((connected) => void changes.push(connected));
    const stop = broadcast.onConnectionChange(() => assert.fail("it stopped watching"));
    stop();
    assert.equal(broadcast.connected, true);
    await broadcast.close();
    await broadcast.close();
    assert.equal(broadcast.connected, false);
    assert.deepEqual(changes, [false]);
    await assert.rejects(broadcast.publish("topic", "one"));
    await assert.rejects(broadcast.subscribe("topic", () => undefined));
  });
});
