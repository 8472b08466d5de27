// Microsoft's own reader of Adaptive Cards: of each line, a card, it says what is wrong with it as version 1.5.
const { AdaptiveCard, SerializationContext, Versions } = require("adaptivecards/dist/adaptivecards.js");

function faults(json) {
  const context = new SerializationContext(Versions.v1_5);
  const card = new AdaptiveCard();
  card.parse(json, context);
  const read = Array.from({ length: context.eventCount }, (_, i) => context.getEventAt(i));
  return [...read, ...card.validateProperties().validationEvents].map((event) => event.message);
}

require("node:readline")
  .createInterface({ input: process.stdin })
  .on("line", (line) => console.log(JSON.stringify(faults(JSON.parse(line)))));
