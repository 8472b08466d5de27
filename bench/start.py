"""How a function starts: from exec until it asks Lambda for its first event, with everything outside answered at once.

Usage: start.py FOLDER [RUNS], where FOLDER/<function>/bootstrap are the programs, as cargo-lambda and SAM leave them. Beside them a
function of Node's with nothing but the table's client, where Node is there, and `bare`, which is Lambda's own library alone.

The processor time a process has used until then leaves out every wait, for the network as for other processes; the time on the clock
has both in it, and this script's own share of answering.
"""

import io
import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

NODE = Path(__file__).parent / "node" / "main.mjs"
SECRET = "0123456789abcdef0123456789abcdef0123456789abcdef"
SLACK = json.dumps({"bot_token": "xoxb-none", "signing_secret": SECRET})


class Outside(BaseHTTPRequestHandler):
    """The Runtime API and AWS, on one port."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    asked = threading.Event()
    at = 0

    def do_GET(self):
        Outside.at = time.monotonic_ns()
        Outside.asked.set()
        # Lambda freezes a process that waits for its next event; this one is ended.
        self.rfile.read(1)

    def do_POST(self):
        asked = self.rfile.read(int(self.headers.get("content-length", 0)))
        secret = {"Name": "s", "SecretString": SLACK if b"SLACK" in asked else SECRET}
        text = json.dumps(secret if "Secret" in self.headers.get("x-amz-target", "") else {}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/x-amz-json-1.0")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def environment(port):
    here = f"127.0.0.1:{port}"
    secrets = {f"{name}_SECRET_ARN": name for name in ("ROOT", "CONNECTORS", "BOOTSTRAP", "SLACK")}
    return {
        "AWS_LAMBDA_RUNTIME_API": here, "AWS_ENDPOINT_URL": f"http://{here}", "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI", "AWS_SESSION_TOKEN": "session",
        "AWS_LAMBDA_FUNCTION_NAME": "bench", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256", "AWS_LAMBDA_LOG_FORMAT": "JSON", "RUST_LOG": "info",
        "TABLE_NAME": "ApprovalsTable", "EVENT_BUS_NAME": "bus", "MANAGEMENT_URL": f"http://{here}/live", **secrets}


def start(command, variables):
    """Milliseconds on the clock and of the processor; none where it did not get so far."""
    Outside.asked.clear()
    begun = time.monotonic_ns()
    child = os.posix_spawn(command[0], command, variables, file_actions=[
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0), (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)])
    got_there = Outside.asked.wait(20)
    os.kill(child, 9)
    used = os.wait4(child, 0)[2]
    return ((Outside.at - begun) / 1e6, (used.ru_utime + used.ru_stime) * 1e3) if got_there else None


def instructions(command, variables):
    """Instructions until the first event is asked for, as valgrind counts them."""
    try:
        subprocess.run(["valgrind", "--version"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    Outside.asked.clear()
    out = Path(f"/tmp/callgrind.{os.getpid()}")
    child = subprocess.Popen(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *command],
        env={**variables, "PATH": os.environ["PATH"]}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    Outside.asked.wait(120)
    child.terminate()
    told = child.communicate()[1]
    out.unlink(missing_ok=True)
    counted = [line.split(":")[-1] for line in told.splitlines() if "Collected" in line]
    return int(counted[0]) if counted else None


def weigh(program):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.write(program, "bootstrap")
    return buffer.tell()


def main(folder, runs=25):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Outside)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"{'median of ' + str(runs):24}{'bytes':>12}{'zip':>11}{'clock ms':>10}{'cpu ms':>8}{'instructions':>14}")
    variables = environment(server.server_port)
    for program in sorted(Path(folder).glob("*/bootstrap")):
        sizes = f"{program.stat().st_size:12,}{weigh(program):11,}"
        counted = instructions([str(program)], variables)
        row(program.parent.name, sizes, [start([str(program)], variables) for _ in range(runs)], counted)
    if node := shutil.which("node"):
        row("a function of Node's", f"{'':23}", [start([node, str(NODE)], variables) for _ in range(runs)], None)


def row(name, sizes, measured, counted):
    if None in measured:
        print(f"{name:24} did not start")
        return
    clock, cpu = (statistics.median(column) for column in zip(*measured))
    print(f"{name:24}{sizes}{clock:10.2f}{cpu:8.2f}" + (f"{counted:14,}" if counted else ""))


main(sys.argv[1], *map(int, sys.argv[2:]))
