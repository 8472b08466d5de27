// Waits as a browser does and says everything that happens, one JSON a line: `node events.mjs <url>`.
import { EventSource } from "eventsource";

const say = (what) => console.log(JSON.stringify(what));
const source = new EventSource(process.argv[2], {
  fetch: async (url, init) => {
    const answer = await fetch(url, init);
    say({ asked: init.headers["Last-Event-ID"] ?? null, status: answer.status });
    return answer;
  },
});
source.addEventListener("state", ({ data, lastEventId }) => say({ id: lastEventId, status: JSON.parse(data).status }));
source.onerror = () => source.readyState === EventSource.CLOSED && say({ closed: true });
