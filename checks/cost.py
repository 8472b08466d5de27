"""Makes docs/run/cost.md of what was measured (docs/run/ledger.json) and of list prices (checks/prices.json). `--check` only compares."""

import json
import math
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs/run/cost.md"
MEASURED = json.loads((ROOT / "docs/run/ledger.json").read_text())
LISTED = json.loads((ROOT / "checks/prices.json").read_text())
PRICES = LISTED["prices"]
STANDING = LISTED["standing"]
MILLION = 1_000_000
APPROVALS_A_MONTH = (0, 1_000, 10_000, 100_000, 1_000_000)

# As in template.yaml, in MB.
MEMORY = {"create": 512, "resolve": 512, "relay": 512, "dispatch": 512}
USUAL_MEMORY = 256
# What is assumed, since nothing here runs on AWS. A whole virtual processor comes with 1,769 MB.
FULL_CPU_MB = 1769
CALL_MS = 5
VENDOR_MS = 250
LOG_BYTES = {"invocation": 900, "request": 500}
KEPT_MONTHS = 400 / 30.4
ITEM_OVERHEAD = 100
INDEX_ENTRY = 300
STREAM_LASTS = 300
# A sweep goes on until the next has begun, and asks the four partitions of the running minute each second.
SWEEP_LASTS = 70
LOOK_READ_UNITS = 4 * 0.5
# Each minute it makes five queries of each workspace in which something is open (`make bench BENCH="--scenes sweeps"`).
WORKSPACE_READ_UNITS = 5 * 0.5
MINUTES_A_MONTH = 60 * 24 * 30

WAYS = {
    "websocket": "WebSocket",
    "stream": "event stream, streamed by the Function URL",
    "bursts": "event stream in bursts, through the HTTP API",
    "longPoll": "poll held for 25 s (`waitSec`)",
    "polls": "poll every 10 s",
    "callback": "callback: nobody waits",
}
WAITS = {"1 minute": 60, "1 hour": 3600}


def billed_ms(name, function, vendor_calls):
    """What Lambda would bill all of a function's invocations, in milliseconds."""
    cpu = function["milliseconds"] * FULL_CPU_MB / MEMORY.get(name, USUAL_MEMORY)
    return cpu + function["calls"] * CALL_MS + vendor_calls * VENDOR_MS + (CALL_MS if name == "relay" else 0)


def gb_seconds(name, ms):
    return MEMORY.get(name, USUAL_MEMORY) / 1024 * ms / 1000


def used(counts, vendor_calls):
    """The units of what was measured, by price."""
    units = dict.fromkeys(PRICES, 0.0)
    units["table write units"], units["table read units"] = counts["writeUnits"], counts["readUnits"]
    units["events"] = counts["events"]
    units["WebSocket messages"] = counts["sent"] + counts["received"]
    for name, function in counts["functions"].items():
        invocations = function["invocations"]
        units["lambda requests"] += invocations
        held = invocations and function["milliseconds"] / invocations > 1000 or name == "wait-stream" and not invocations
        calls = vendor_calls if name == "dispatch" else 0
        ms = function["milliseconds"] if held else max(billed_ms(name, function, calls), math.ceil(invocations))
        units["lambda GB-seconds"] += gb_seconds(name, ms)
        if name in ("create", "poll", "wait", "resolve"):
            units["HTTP API requests"] += invocations
    return units


def logged(units):
    size = units["lambda requests"] * LOG_BYTES["invocation"] + units["HTTP API requests"] * LOG_BYTES["request"]
    return {**units, "log GB": size / 1e9}


def plus(a, b, times=1.0):
    return {name: a[name] + b[name] * times for name in PRICES}


def approval(way, seconds):
    """One approval that is decided after so many seconds, for as long as it is kept."""
    measured = MEASURED["ways"][way]
    units = used(measured["decidedAtOnce"], 3 if way == "callback" else 2)
    if period := measured.get("period"):
        units = plus(units, used(period["adds"], 0), seconds / period["seconds"])
    if way == "stream":
        again = seconds // STREAM_LASTS
        units["lambda requests"] += again
        units["table read units"] += 2 * again
    if way == "websocket":
        units["WebSocket minutes"] = math.ceil(seconds / 60)
    units = plus(units, used(MEASURED["afterwards"], 0))
    kept = MEASURED["kept"]
    gigabytes = (kept["bytes"] + kept["items"] * ITEM_OVERHEAD + 2 * INDEX_ENTRY) / 1e9
    units["table GB-months"] = units["table backup GB-months"] = gigabytes * KEPT_MONTHS
    return logged(units)


def step_functions(transitions):
    """The least that does it on Step Functions: a function that notifies, one that hands the decision over, one that tells the end."""
    units = dict.fromkeys(PRICES, 0.0)
    units["state transitions"] = transitions
    units["HTTP API requests"] = 2
    units["lambda requests"] = 3
    notifying = 2 * gb_seconds("dispatch", VENDOR_MS + CALL_MS) + gb_seconds("resolve", 2 * CALL_MS)
    units["lambda GB-seconds"] = notifying
    return logged(units)


def cost(units):
    """Dollars of a million."""
    return {name: units[name] * MILLION * price["usd"] / price["per"] for name, price in PRICES.items()}


def total(units):
    return sum(cost(units).values())


def row(*cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def table(head, rows):
    return "\n".join([row(*head), row(*["---"] * len(head)), *(row(*cells) for cells in rows)])


def summary():
    rows = [(name, *(f"{total(approval(way, wait)):,.0f}" for wait in WAITS.values())) for way, name in WAYS.items()]
    for transitions in (3, 5):
        dollars = f"{total(step_functions(transitions)):,.0f}"
        rows.append((f"Step Functions, `waitForTaskToken`, {transitions} transitions", dollars, dollars))
    return table(("USD a million approvals, decided after", *WAITS), rows)


def lines(title, units):
    dollars = cost(units)
    rows = [(name, f"{units[name]:,.6g}", f"{dollars[name]:,.2f}") for name in PRICES if units[name]]
    return f"### {title}\n\n" + table(("what", "units each", "USD a million"), [*rows, ("**together**", "", f"**{total(units):,.2f}**")])


def prices():
    rows = []
    for name, price in PRICES.items():
        per = "" if price["per"] == 1 else f" per {price['per']:,}"
        source = f"<{price['source']}>, {price['of'] or 'undated'}" if price["source"] else "known list price, **not confirmed: to be checked**"
        rows.append((name, f"{price['usd']:.10f}".rstrip("0").rstrip(".") + per, source))
    return table(("what", "USD", "found at, of"), rows)


def functions():
    rows = []
    for way, name in WAYS.items():
        for function, used_by in sorted(MEASURED["ways"][way]["decidedAtOnce"]["functions"].items()):
            if way == "websocket" or function in ("poll", "wait", "wait-stream", "dispatch"):
                rows.append((WAYS[way].split(",")[0], f"`{function}`", f"{used_by['invocations']:g}", f"{used_by['milliseconds']:.2f}", f"{used_by['calls']:g}"))
    return table(("way", "function", "invocations", "ms here, together", "calls of the table"), rows)


def units_by_way():
    rows = []
    for way, name in WAYS.items():
        counts = MEASURED["ways"][way]["decidedAtOnce"]
        records = sum(f.get("records", 0) for f in counts["functions"].values())
        invocations = sum(f["invocations"] for f in counts["functions"].values())
        period = MEASURED["ways"][way].get("period")
        adds = "–"
        if period:
            seconds, more = period["seconds"], period["adds"]
            adds = f"{more['writeUnits']:g} write, {more['readUnits']:g} read, {sum(f['invocations'] for f in more['functions'].values()):g} invocations each {seconds} s"
        cells = (counts["writeUnits"], counts["readUnits"], records, counts["events"], counts["matched"], invocations)
        rows.append((name, *(f"{cell:g}" for cell in cells), adds))
    return table(("way", "write units", "read units", "records to `relay`", "events", "matched by rules", "invocations", "waiting adds"), rows)


def sweep_a_month():
    sweep = used(MEASURED["sweep"], 0)
    sweep["lambda GB-seconds"] += gb_seconds("sweep", 1_000 * SWEEP_LASTS)
    sweep["table read units"] += SWEEP_LASTS * LOOK_READ_UNITS
    return total({name: sweep[name] * MINUTES_A_MONTH / MILLION for name in PRICES})


def workspace_a_month():
    """What one workspace adds in which something is open all the time."""
    return total({**dict.fromkeys(PRICES, 0.0), "table read units": WORKSPACE_READ_UNITS * MINUTES_A_MONTH / MILLION})


def standing():
    """What a stack costs a month that nobody uses: by name, how many, and dollars."""
    fixed = [(name, f"{one['count']:,} at {one['usd']:.2f}", one["usd"] * one["count"]) for name, one in STANDING.items()]
    return [("the sweep, which looks at timers each second", "–", sweep_a_month()), *fixed]


def standing_costs():
    rows = [(name, count, f"{dollars:,.2f}") for name, count, dollars in standing()]
    together = sum(dollars for _, _, dollars in standing())
    return table(("what", "how many", "USD a month"), [*rows, ("**together**", "", f"**{together:,.2f}**")])


def months():
    fixed = sum(dollars for _, _, dollars in standing())
    names = {"websocket": "WebSocket", "stream": "event stream, streamed", "longPoll": "poll held for 25 s"}
    ways = {f"{name}, {wait}": total(approval(way, seconds)) for way, name in names.items() for wait, seconds in WAITS.items()}
    ways["callback"] = total(approval("callback", 3600))
    rows = []
    for number in APPROVALS_A_MONTH:
        dollars = (fixed + number * million / MILLION for million in ways.values())
        rows.append((f"{number:,}", *(f"{one:,.2f}" for one in dollars)))
    return table(("approvals a month", *ways), rows)


def page():
    parts = [
        "# What does it cost on AWS?",
        "[All questions](../README.md)",
        "After this page you can estimate the bill of a month. The prices are list prices of "
        f"{LISTED['region']} without free tiers, looked up on {LISTED['looked up']} in stored copies of the pages named below. "
        "Nothing of this was run on AWS.",
        "## What does a month cost?",
        "Standing costs and approvals together, in USD, with one Slack card for each approval and the approval kept for 400 days. The columns "
        "say how the agent waits, and how long after the request a person decides:",
        months(),
        "The standing costs alone:",
        standing_costs(),
        "A workspace costs nothing while nothing is open in it. A thousand workspaces in which something is open all the time add "
        f"{1_000 * workspace_a_month():,.2f} USD a month of reads. Prices of standing costs other than the sweep are known list prices, not "
        "confirmed.",
        "## What does one approval cost?",
        "One approval: asked for with an API key under a rate limit, one Slack card, an agent that waits, decided by key, the card "
        "updated, the outcome sent to the agent; kept for 400 days.",
        summary(),
        "An open connection or a held answer costs for its time, because AWS bills a function while it waits. For long waits use a "
        "WebSocket or a callback ([waiting.md](../use/waiting.md)).",
        "## What was measured?",
        f"Means of {MEASURED['runs']} approvals decided as soon as the agent waits, and what a longer wait adds ({MEASURED['profile']} build).",
        units_by_way(),
        functions(),
        "## What is assumed?",
        f"- **Durations**: milliseconds measured here on one core, times {FULL_CPU_MB} MB over the function's memory (Lambda's share of a processor), "
        f"plus {CALL_MS} ms for each call of the table or the bus and {VENDOR_MS} ms for each call of Slack or a callback. A held answer counts whole.\n"
        "- **A longer wait** continues as measured: held answers read again with the same pauses; a WebSocket subscribes again every 5 minutes; "
        "an event stream from the Function URL is opened anew every 5 minutes (one invocation and two read units).\n"
        f"- **Logs**: {LOG_BYTES['invocation']} bytes an invocation (Lambda's own lines in JSON at level info) and {LOG_BYTES['request']} a request of the HTTP API.\n"
        f"- **Storage**: {MEASURED['kept']['bytes']:,.0f} bytes in {MEASURED['kept']['items']:g} items, {ITEM_OVERHEAD} bytes more an item, two index entries of {INDEX_ENTRY} bytes, for 400 days, backed up continuously.\n"
        "- **Nothing**: reading the stream by Lambda and removal by TTL are free; the queues and the bucket of failures stay empty; secrets are fetched once "
        "a cold start (0.05 USD per 10,000, known list price). Cold starts, transfer out, CloudWatch's storage and X-Ray's traces (which `dev` records) are left out.\n"
        "- **Step Functions**: a Standard workflow; 3 transitions are start, the task that waits, and end; 5 are the same with a choice on the outcome and a task that "
        "updates the card. Two requests of the HTTP API (start, by direct integration; decide), three functions (notify, hand over, update) at our sizes. "
        "The workflow has no policy, inbox, rate limit, idempotency, quorum or record beyond 90 days; those are not priced, and neither is how the agent learns of the end.",
        "## Line by line",
        *(lines(f"{name}, decided after {wait}", approval(way, seconds)) for way, name in WAYS.items() for wait, seconds in WAITS.items()),
        lines("Step Functions, 5 transitions", step_functions(5)),
        "## Which prices are used?",
        prices(),
        "## How is this page made?",
        "`make cost` makes the page of `docs/run/ledger.json`, which `make bench BENCH=--ledger` measures, and of `checks/prices.json`. Edit "
        "`checks/cost.py`, and not the page.",
    ]
    return "\n\n".join(parts) + "\n"


if "--check" in sys.argv:
    if PAGE.read_text() != page():
        sys.exit("docs/run/cost.md is not what checks/cost.py makes of docs/run/ledger.json and checks/prices.json: make cost")
else:
    PAGE.write_text(page())
