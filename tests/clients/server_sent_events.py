"""Waits with httpx-sse, for which each blank line ends an event, and says each event, one JSON a line: `server_sent_events.py <url>`."""
import json
import sys

import httpx
import httpx_sse

with httpx.Client(timeout=60, trust_env=False) as client:
    with httpx_sse.connect_sse(client, "GET", sys.argv[1]) as source:
        for event in source.iter_sse():
            print(json.dumps({"event": event.event, "id": event.id, "data": event.data, "retry": event.retry}), flush=True)
print(json.dumps({"closed": True}))
